//! Settings from environment variables.

use toml::{Table, Value};

use super::{
    Violation,
    load::{article, insert, keys, lookup, unknown, violation},
};

/// Parts of the service that are decided on and not built. Their variables are known, so that an
/// environment can be written once; they have no effect, `serve` says so, and production refuses
/// them: whoever moves the admin listener must not believe that there is one.
const PLANNED: [&str; 1] = ["admin"];

/// `APP_PUBLIC__PORT=0` becomes `public.port = 0`, typed as the schema's value is.
///
/// Also the variables of [`PLANNED`] parts.
pub(super) fn read(
    environment: &[(String, String)],
    schema: &Table,
    found: &mut Vec<Violation>,
) -> (Table, Vec<String>) {
    let mut layer = Table::new();
    let mut planned = Vec::new();
    for (variable, value) in environment {
        let Some(name) = variable.strip_prefix("APP_") else {
            continue;
        };
        if value.contains(char::REPLACEMENT_CHARACTER) {
            found.push(violation(variable, "must be UTF-8"));
            continue;
        }
        let key = name.to_lowercase().replace("__", ".");
        if PLANNED.contains(&key.split('.').next().unwrap_or_default()) {
            planned.push(variable.clone());
            continue;
        }
        let (key, value) = match (lookup(schema, &key), key.strip_suffix("_file")) {
            (None, Some(key)) if lookup(schema, key).is_some() => {
                match std::fs::read_to_string(value) {
                    Ok(text) => (key.to_owned(), text.trim_end().to_owned()),
                    Err(error) => {
                        found.push(violation(variable, format!("cannot be read: {error}")));
                        continue;
                    }
                }
            }
            _ => (key, value.clone()),
        };
        match lookup(schema, &key) {
            None => {
                let variables: Vec<String> = keys(schema, "")
                    .iter()
                    .map(|key| variable_of(key))
                    .collect();
                found.push(unknown(variable, &variables));
            }
            Some(expected) => match typed(&value, expected) {
                Some(value) => insert(&mut layer, &key, value),
                None => found.push(violation(
                    variable,
                    format!("must be {}", article(expected)),
                )),
            },
        }
    }
    (layer, planned)
}

fn variable_of(key: &str) -> String {
    format!("APP_{}", key.replace('.', "__").to_uppercase())
}

fn typed(text: &str, expected: &Value) -> Option<Value> {
    match expected {
        Value::String(_) => Some(Value::String(text.to_owned())),
        Value::Integer(_) => text.parse().ok().map(Value::Integer),
        Value::Float(_) => text
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .map(Value::Float),
        Value::Boolean(_) => text.parse().ok().map(Value::Boolean),
        Value::Array(_) => Some(Value::Array(
            text.split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| Value::String(item.to_owned()))
                .collect(),
        )),
        _ => None,
    }
}
