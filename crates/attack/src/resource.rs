//! The resource that attacks on rows use, read off the service's OpenAPI document: so they fit any service.

use serde_json::{Map, Value, json};

/// A resource with rows.
#[derive(Debug, Clone)]
pub struct Resource {
    /// `/v1/orders`.
    pub collection: String,
    /// Content that keeps every rule.
    pub content: Value,
    /// The members of the content in the order in which the document lists them as required.
    pub required: Vec<String>,
    /// A member that is text, and its greatest length.
    pub text: Option<(String, usize)>,
    /// A member that is a whole number, and its greatest value.
    pub number: Option<(String, i64)>,
    pub replaces: bool,
    pub changes: bool,
    pub deletes: bool,
}

impl Resource {
    /// The first resource of the document whose rows a caller makes and that has a page for each row. API keys are
    /// not one: they are credentials.
    #[must_use]
    pub fn of(document: &Value) -> Option<Self> {
        let paths = document.get("paths")?.as_object()?;
        paths.iter().find_map(|(path, operations)| {
            let row = paths.get(&format!("{path}/{{id}}"))?;
            let schema =
                operations.pointer("/post/requestBody/content/application~1json/schema")?;
            if path.ends_with("/api-keys") {
                return None;
            }
            Self::at(document, path, schema, row)
        })
    }

    fn at(document: &Value, path: &str, schema: &Value, row: &Value) -> Option<Self> {
        let schema = resolved(document, schema);
        let properties = schema.get("properties")?.as_object()?;
        let required = schema.get("required")?.as_array()?;
        let required: Vec<String> = required
            .iter()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect();
        let mut content = Map::new();
        let (mut text, mut number) = (None, None);
        for name in &required {
            let member = resolved(document, properties.get(name)?);
            content.insert(name.clone(), example(member)?);
            let kind = member.get("type").and_then(Value::as_str);
            let free = member.get("enum").is_none() && member.get("format").is_none();
            let most = |keyword: &str| member.get(keyword).and_then(Value::as_i64);
            match (kind, most("maxLength"), most("maximum")) {
                (Some("string"), Some(most), _) if free && text.is_none() => {
                    text = Some((name.clone(), usize::try_from(most).ok()?));
                }
                (Some("integer"), _, Some(most)) if number.is_none() => {
                    number = Some((name.clone(), most));
                }
                _ => {}
            }
        }
        let has = |method: &str| row.get(method).is_some();
        Some(Self {
            collection: path.to_owned(),
            content: content.into(),
            required,
            text,
            number,
            replaces: has("put"),
            changes: has("patch"),
            deletes: has("delete"),
        })
    }

    /// The content with this member.
    #[must_use]
    pub fn with(&self, name: &str, value: Value) -> String {
        let mut content = self.content.clone();
        if let Some(members) = content.as_object_mut() {
            members.insert(name.to_owned(), value);
        }
        content.to_string()
    }

    /// The content with the JSON text of its text member replaced.
    #[must_use]
    pub fn with_text(&self, text: &str) -> Option<String> {
        let (name, _) = self.text.as_ref()?;
        let mark = json!("\u{1}mark\u{1}");
        let marked = self.with(name, mark.clone());
        Some(marked.replace(&mark.to_string(), text))
    }
}

fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    let reference = schema.get("$ref").and_then(Value::as_str);
    let pointer = reference.and_then(|reference| reference.strip_prefix('#'));
    pointer
        .and_then(|pointer| document.pointer(pointer))
        .unwrap_or(schema)
}

/// A value that keeps the rules of this schema.
fn example(schema: &Value) -> Option<Value> {
    let first = |keyword: &str| {
        schema
            .get(keyword)
            .and_then(|values| values.get(0))
            .cloned()
    };
    let least = schema.get("minimum").cloned();
    first("examples")
        .or_else(|| first("enum"))
        .or_else(|| schema.get("default").cloned())
        .or(match schema.get("type").and_then(Value::as_str)? {
            "integer" | "number" => Some(least.unwrap_or(json!(1))),
            "boolean" => Some(json!(true)),
            "array" => Some(json!([])),
            "string" => Some(json!("a")),
            _ => None,
        })
}
