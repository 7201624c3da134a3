//! A6 again: JSON is the grammar of RFC 8259 and one object. What two parsers read differently is refused.

use serde_json::{Value, json};

use crate::{
    attack::{Attack, Group, Missing, Verdict},
    stage::Stage,
};

/// A body that is made of the valid content's text.
fn body(stage: &mut Stage, of: impl Fn(&str) -> Vec<u8>) -> Result<Verdict, Missing> {
    let text = stage.resource()?.content.to_string();
    Ok(stage.create(of(&text))?.must_be(&[400]))
}

pub(super) static GROUP: Group = Group {
    recommendation: "A6",
    title: "JSON: one reading",
    attacks: &[
        Attack::new(
            "json-duplicate-member",
            "IN-05",
            "A member stands twice: what checks reads the first, what stores reads the second.",
            |stage| {
                let content = stage.resource()?.content.clone();
                let first = content
                    .as_object()
                    .and_then(|members| members.iter().next());
                let first = first.map(|(name, value)| (name.clone(), value.clone()));
                let (name, value) = first.ok_or(Missing("no member".into()))?;
                let pair = format!("{}:{value},", json!(name));
                let plain = body(stage, |text| {
                    text.replacen('{', &format!("{{{pair}"), 1).into()
                })?;
                let escaped = name.replacen(|_: char| true, &escape(&name), 1);
                let pair = format!("\"{escaped}\":{value},");
                let escaped = body(stage, |text| {
                    text.replacen('{', &format!("{{{pair}"), 1).into()
                })?;
                Ok(Verdict::all([plain, escaped]))
            },
        ),
        Attack::new(
            "json-list-for-object",
            "IN-04",
            "A list fills the members by their order, past a check that looks at names.",
            |stage| {
                let resource = stage.resource()?;
                let value = |name: &String| resource.content.get(name).cloned().unwrap_or_default();
                let values: Vec<Value> = resource.required.iter().map(value).collect();
                let with_null = [values.clone(), vec![Value::Null]].concat();
                let first = stage.create(json!(values).to_string())?.must_be(&[400]);
                let second = stage.create(json!(with_null).to_string())?.must_be(&[400]);
                Ok(Verdict::all([first, second]))
            },
        ),
        Attack::new(
            "json-text-behind-it",
            "IN-07",
            "What stands behind the document is another request for a parser that goes on reading.",
            |stage| {
                body(stage, |text| {
                    format!("{text} {{\"role\":\"admin\"}}").into()
                })
            },
        ),
        Attack::new(
            "json-comment",
            "IN-07",
            "A comment hides a member from one parser and not from the other.",
            |stage| body(stage, |text| format!("/* */{text}").into()),
        ),
        Attack::new(
            "json-trailing-comma",
            "IN-07",
            "A comma too many is forgiven here and refused there.",
            |stage| {
                body(stage, |text| {
                    let text = text.strip_suffix('}').unwrap_or(text);
                    format!("{text},}}").into()
                })
            },
        ),
        Attack::new(
            "json-single-quotes",
            "IN-07",
            "JavaScript's spelling of JSON passes a filter that looks for quotation marks.",
            |stage| body(stage, |text| text.replace('"', "'").into()),
        ),
        Attack::new(
            "json-byte-order-mark",
            "IN-07",
            "An invisible mark in front changes the encoding that a parser assumes.",
            |stage| body(stage, |text| format!("\u{feff}{text}").into()),
        ),
        Attack::new(
            "json-invalid-utf-8",
            "IN-07",
            "Bytes that are no text are replaced: two different names become one.",
            |stage| {
                let missing = || Missing("The resource has no member of free text.".into());
                let text = stage
                    .resource()?
                    .with_text("\"Ada~~\"")
                    .ok_or_else(missing)?;
                let mut bytes = text.into_bytes();
                for byte in bytes.iter_mut().filter(|byte| **byte == b'~') {
                    *byte = 0xC0;
                }
                Ok(stage.create(bytes)?.must_be(&[400]))
            },
        ),
        Attack::new(
            "json-deep",
            "IN-09",
            "Thousands of brackets use up the stack.",
            |stage| {
                let missing = || Missing("The resource has no member of free text.".into());
                let deep = "[".repeat(100) + &"]".repeat(100);
                let body = stage.resource()?.with_text(&deep).ok_or_else(missing)?;
                let answer = stage.create(body)?;
                Ok(Verdict::held_if(
                    answer.status() == Some(400) && answer.code() == "too_deep",
                    "Refused with 400 too_deep at the thirty-third bracket.",
                    "A hundred brackets were walked through.",
                ))
            },
        ),
        Attack::new(
            "json-wide",
            "IN-09",
            "Thousands of members cost more than the bytes say.",
            |stage| {
                let members: Vec<String> =
                    (0..5000).map(|number| format!("\"m{number}\":0")).collect();
                let answer = stage.create(format!("{{{}}}", members.join(",")))?;
                Ok(Verdict::held_if(
                    answer.status() == Some(400) && answer.code() == "too_many_members",
                    "Refused with 400 too_many_members.",
                    "Five thousand members were walked through.",
                ))
            },
        ),
    ],
};

/// The first letter of a name as an escape.
fn escape(name: &str) -> String {
    let first = name.chars().next().map_or(0, u32::from);
    format!("\\u{first:04x}")
}
