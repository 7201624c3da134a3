//! Settings from environment variables.
//!
//! The environment is shared with other programs, so each variable that begins as ours do is a
//! setting, has a known reason to be passed over, or is an error. An empty variable is not set. What a process
//! was started with stays in its memory and in `/proc/<pid>/environ` for as long as it runs, so a secret comes
//! from a file that a variable names (`password.rs` has the rule).

use std::collections::BTreeSet;

use secrecy::{ExposeSecret, SecretString};
use toml::{Table, Value};

use super::{
    ConfigError,
    schema::{article, insert, keys_under, lookup, unknown, violation},
    service_link::is_service_link,
};
use crate::files;

/// What the variables say.
#[derive(Default)]
pub(super) struct Environment {
    /// `APP_PUBLIC__PORT=0` is `public.port = 0` here, typed as the schema's value is.
    pub layer: Table,
    /// The keys whose value stands in a file.
    pub from_files: BTreeSet<String>,
    /// Variables that an orchestrator injected, by name: they are no settings.
    pub service_links: Vec<String>,
}

/// Reads the variables that begin as ours do.
pub(super) fn read(
    environment: &[(String, SecretString)],
    schema: &Table,
    found: &mut Vec<ConfigError>,
) -> Environment {
    let mut said = Environment::default();
    let mut given = BTreeSet::new();
    for (variable, value) in environment {
        let Some(name) = variable.strip_prefix("APP_") else {
            continue;
        };
        let text = value.expose_secret();
        if is_service_link(name, text) {
            said.service_links.push(variable.clone());
            continue;
        }
        if text.contains(char::REPLACEMENT_CHARACTER) {
            found.push(violation(variable, "must be UTF-8"));
            continue;
        }
        let key = name.to_lowercase().replace("__", ".");
        let setting = setting(&key, schema);
        match setting {
            None => {
                let variables: Vec<String> = keys_under(schema, "")
                    .iter()
                    .map(|key| variable_of(key))
                    .collect();
                found.push(unknown(variable, &variables));
            }
            Some(_) if text.is_empty() => {}
            Some((key, expected, from_file)) => {
                let value = if from_file {
                    content(text)
                } else {
                    Ok(value.clone())
                };
                let value = value.and_then(|value| {
                    typed(value.expose_secret(), expected)
                        .ok_or_else(|| format!("must be {}", article(expected)))
                });
                match value {
                    Ok(_) if !given.insert(key.to_owned()) => {
                        found.push(violation(
                            variable,
                            "sets what another variable sets: keep one",
                        ));
                    }
                    Ok(value) => {
                        insert(&mut said.layer, key, value);
                        if from_file {
                            said.from_files.insert(key.to_owned());
                        }
                    }
                    Err(fix) => found.push(violation(variable, fix)),
                }
            }
        }
    }
    said
}

/// The setting that a variable's key means, the schema's value, and whether a file holds the value.
fn setting<'a>(key: &'a str, schema: &'a Table) -> Option<(&'a str, &'a Value, bool)> {
    if let Some(expected) = lookup(schema, key) {
        return Some((key, expected, false));
    }
    let key = key.strip_suffix("_file")?;
    lookup(schema, key).map(|expected| (key, expected, true))
}

/// What a file holds. A secret that is forgotten is not a secret that is not set.
fn content(file: &str) -> Result<SecretString, String> {
    let text = files::read_secret_text(file.as_ref());
    let text = text.map_err(|error| error.to_string())?;
    match text.expose_secret().trim_end() {
        "" => Err("names an empty file".to_owned()),
        text => Ok(text.into()),
    }
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
