//! Lays the sources over each other and refuses what `default.toml` does not know.
//!
//! `config/default.toml` is the schema: it holds every key, and the type of its value is the type
//! that is expected. So there is one list of settings, and it is the one people read.

use std::path::PathBuf;

use toml::{Table, Value};

use super::{Settings, Violation, environment};

const DEFAULTS: &str = include_str!("../../config/default.toml");
const DEV: &str = include_str!("../../config/dev.toml");
const PRODUCTION: &str = include_str!("../../config/production.toml");

/// Where settings come from besides the files that are compiled in.
#[derive(Debug, Default)]
pub struct Sources {
    /// TOML files laid over the profile's, in this order.
    pub files: Vec<PathBuf>,
    /// Environment variables; those that do not begin with `APP_` are passed over.
    pub environment: Vec<(String, String)>,
}

impl Sources {
    /// The process's own environment, and these files.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads it"
    )]
    pub fn of_process(files: Vec<PathBuf>) -> Self {
        let environment = std::env::vars_os()
            .map(|(name, value)| {
                (
                    name.to_string_lossy().into_owned(),
                    value.to_string_lossy().into_owned(),
                )
            })
            .collect();
        Self { files, environment }
    }
}

/// Reads every source and checks the whole.
///
/// # Errors
/// Everything that is wrong, at once: unknown keys with the nearest valid name, wrong types,
/// unreadable files, and the rules of `check.rs`.
pub fn load(sources: &Sources) -> Result<Settings, Vec<Violation>> {
    let mut found = Vec::new();
    let schema = built_in(DEFAULTS, &mut found);
    let mut settings = schema.clone();

    let files: Vec<Table> = sources
        .files
        .iter()
        .filter_map(|file| read(file, &mut found))
        .collect();
    let (environment, planned) = environment::read(&sources.environment, &schema, &mut found);

    let profile = files
        .iter()
        .chain([&environment])
        .filter_map(|layer| layer.get("profile").and_then(Value::as_str))
        .next_back();
    let profile = match profile {
        Some("production") => built_in(PRODUCTION, &mut found),
        _ => built_in(DEV, &mut found),
    };

    for layer in [profile].into_iter().chain(files).chain([environment]) {
        lay_over(&mut settings, layer, &schema, "", &mut found);
    }
    typed_settings(settings, planned, &schema, found)
}

/// Makes typed settings, and then checks them. A value that its type refuses is put back to its
/// default, so that everything else that is wrong is said too.
fn typed_settings(
    mut merged: Table,
    planned: Vec<String>,
    schema: &Table,
    mut found: Vec<Violation>,
) -> Result<Settings, Vec<Violation>> {
    loop {
        match serde_path_to_error::deserialize::<_, Settings>(Value::Table(merged.clone())) {
            Ok(mut settings) => {
                settings.planned = planned;
                settings.check(&mut found);
                return if found.is_empty() {
                    Ok(settings)
                } else {
                    Err(found)
                };
            }
            Err(error) => {
                let key = error.path().to_string();
                found.push(violation(&key, error.into_inner().message()));
                // `auth.issuers[0].algorithms` is part of the setting `auth.issuers`.
                let setting = key.split('[').next().unwrap_or_default();
                match lookup(schema, setting) {
                    Some(default) if lookup(&merged, setting) != Some(default) => {
                        insert(&mut merged, setting, default.clone());
                    }
                    _ => return Err(found),
                }
            }
        }
    }
}

pub(super) fn violation(key: impl Into<String>, mend: impl Into<String>) -> Violation {
    Violation {
        key: key.into(),
        mend: mend.into(),
    }
}

fn built_in(text: &str, found: &mut Vec<Violation>) -> Table {
    text.parse().unwrap_or_else(|error: toml::de::Error| {
        found.push(violation("built-in configuration", error.message()));
        Table::new()
    })
}

fn read(file: &PathBuf, found: &mut Vec<Violation>) -> Option<Table> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| found.push(violation(&name, format!("cannot be read: {error}"))))
        .ok()?;
    text.parse()
        .map_err(|error: toml::de::Error| {
            found.push(violation(
                &name,
                format!("is not TOML: {}", error.message()),
            ));
        })
        .ok()
}

/// `base` takes the values of `layer`; what the schema does not know, or knows as another type,
/// becomes a violation and is left out, so that the rest is still checked.
fn lay_over(
    base: &mut Table,
    layer: Table,
    schema: &Table,
    path: &str,
    found: &mut Vec<Violation>,
) {
    for (name, value) in layer {
        let key = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        match (schema.get(&name), base.get_mut(&name), value) {
            (Some(Value::Table(schema)), Some(Value::Table(base)), Value::Table(layer)) => {
                lay_over(base, layer, schema, &key, found);
            }
            (Some(expected), Some(slot), value) if expected.same_type(&value) => *slot = value,
            // 5 is a fine way to write 5.0.
            (Some(Value::Float(_)), Some(slot), Value::Integer(number)) => {
                *slot = Value::Float(f64::from(i32::try_from(number).unwrap_or(i32::MAX)));
            }
            (Some(expected), _, value) => found.push(violation(
                key,
                format!("must be {}, not {}", article(expected), article(&value)),
            )),
            (None, _, _) => found.push(unknown(&key, &keys(schema, path))),
        }
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

pub(super) fn unknown(key: &str, valid: &[String]) -> Violation {
    let nearest = valid
        .iter()
        .map(|candidate| (strsim::jaro_winkler(key, candidate), candidate))
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    match nearest {
        Some((score, candidate)) if score > 0.8 => {
            violation(key, format!("is not a setting; did you mean {candidate}?"))
        }
        _ => violation(key, "is not a setting; config/default.toml lists them all"),
    }
}

/// Every leaf key of the schema, dotted.
pub(super) fn keys(schema: &Table, path: &str) -> Vec<String> {
    schema
        .iter()
        .flat_map(|(name, value)| {
            let key = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            match value {
                Value::Table(inner) => keys(inner, &key),
                _ => vec![key],
            }
        })
        .collect()
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
