//! The schema of the configuration: the platform's `config/default.toml`, and how its keys are found
//! and named.
//!
//! It holds every key, and the type of its value is the type that is expected. A list of settings
//! beside it would drift, and a misspelt setting would be a control that is believed to be on.

use toml::{Table, Value};

use super::ConfigError;

pub(super) const DEFAULTS: &str = include_str!("../../config/default.toml");

pub(super) fn violation(key: impl Into<String>, fix: impl Into<String>) -> ConfigError {
    ConfigError {
        key: key.into(),
        fix: fix.into(),
    }
}

pub(super) fn article(value: &Value) -> String {
    match value {
        Value::Integer(_) => "an integer".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        Value::Float(_) => "a number".to_owned(),
        other => format!("a {}", other.type_str()),
    }
}

pub(super) fn unknown(key: &str, valid: &[String]) -> ConfigError {
    let nearest = valid
        .iter()
        .map(|candidate| (strsim::jaro_winkler(key, candidate), candidate))
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    match nearest {
        Some((score, candidate)) if score > 0.8 => {
            violation(key, format!("is not a setting; did you mean {candidate}?"))
        }
        _ => violation(
            key,
            "is not a setting; crates/platform/config/default.toml lists them all",
        ),
    }
}

/// Every key that there is, dotted.
#[must_use]
pub fn keys() -> Vec<String> {
    DEFAULTS
        .parse()
        .map(|schema| keys_under(&schema, ""))
        .unwrap_or_default()
}

/// Every leaf key of a part of the schema, dotted.
pub(super) fn keys_under(schema: &Table, path: &str) -> Vec<String> {
    schema
        .iter()
        .flat_map(|(name, value)| {
            let key = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            match value {
                Value::Table(inner) => keys_under(inner, &key),
                _ => vec![key],
            }
        })
        .collect()
}

/// The part of `layer` that the schema knows. A key that it does not know, or knows as another type,
/// becomes an error and is left out, so that the rest is still checked.
pub(super) fn known(
    layer: Table,
    schema: &Table,
    path: &str,
    found: &mut Vec<ConfigError>,
) -> Table {
    let mut kept = Table::new();
    for (name, value) in layer {
        let key = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        let value = match (schema.get(&name), value) {
            (Some(Value::Table(schema)), Value::Table(layer)) => {
                Value::Table(known(layer, schema, &key, found))
            }
            (Some(expected), value) if expected.same_type(&value) => value,
            // 5 is a fine way to write 5.0.
            (Some(Value::Float(_)), Value::Integer(number)) => {
                Value::Float(f64::from(i32::try_from(number).unwrap_or(i32::MAX)))
            }
            (Some(expected), value) => {
                let fix = format!("must be {}, not {}", article(expected), article(&value));
                found.push(violation(key, fix));
                continue;
            }
            (None, _) => {
                found.push(unknown(&key, &keys_under(schema, path)));
                continue;
            }
        };
        kept.insert(name, value);
    }
    kept
}

pub(super) fn lookup<'a>(schema: &'a Table, key: &str) -> Option<&'a Value> {
    let mut parts = key.split('.');
    let first = schema.get(parts.next()?)?;
    let leaf = parts.try_fold(first, |value, part| value.as_table()?.get(part))?;
    (!leaf.is_table()).then_some(leaf)
}

pub(super) fn insert(layer: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            layer.insert(key.to_owned(), value);
        }
        Some((table, rest)) => {
            let inner = layer
                .entry(table)
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}
