//! The settings that a service compiles in, each file laid over the platform's file of the same name.
//!
//! They change defaults and no rule: the result is held against every rule of `check.rs`, so a service
//! cannot make production weaker by them. A file that is wrong stops the start in each profile, also in
//! the one that does not read it: a fault in `production.toml` is found on the machine that wrote it.

use toml::{Table, Value};

use super::{
    ConfigError,
    schema::{known, violation},
};

/// The texts of a service's own files: `include_str!("../config/default.toml")` and so on. They are in
/// the program for everybody to read, so they hold no secret.
#[derive(Debug, Clone, Copy, Default)]
pub struct Layers {
    /// For each profile.
    pub default: &'static str,
    /// For profile dev.
    pub dev: &'static str,
    /// For profile production.
    pub production: &'static str,
}

/// The same, as far as the schema knows them.
pub(super) struct Parsed {
    pub default: Table,
    pub dev: Table,
    pub production: Table,
}

impl Layers {
    /// Parses the texts. What is wrong with one is said with the name of its file.
    pub(super) fn parsed(&self, schema: &Table, found: &mut Vec<ConfigError>) -> Parsed {
        Parsed {
            default: table("config/default.toml", self.default, schema, found),
            dev: of_profile("config/dev.toml", self.dev, schema, found),
            production: of_profile("config/production.toml", self.production, schema, found),
        }
    }
}

/// A profile's file is read because of the profile, so it cannot choose another one.
fn of_profile(file: &str, text: &str, schema: &Table, found: &mut Vec<ConfigError>) -> Table {
    let mut table = table(file, text, schema, found);
    if table.remove("profile").is_some() {
        found.push(violation(
            format!("{file}: profile"),
            "choose it with APP_PROFILE or in a --config file",
        ));
    }
    table
}

fn table(file: &str, text: &str, schema: &Table, found: &mut Vec<ConfigError>) -> Table {
    let table = text.parse().unwrap_or_else(|error: toml::de::Error| {
        found.push(violation(file, format!("is not TOML: {}", error.message())));
        Table::new()
    });
    let mut wrong = Vec::new();
    let table = known(table, schema, "", &mut wrong);
    found.extend(wrong.into_iter().map(|wrong| ConfigError {
        key: format!("{file}: {}", wrong.key),
        ..wrong
    }));
    table
}

/// `base` takes the values of `layer`.
pub(super) fn lay_over(base: &mut Table, layer: Table) {
    for (name, value) in layer {
        match (base.get_mut(&name), value) {
            (Some(Value::Table(base)), Value::Table(layer)) => lay_over(base, layer),
            (_, value) => {
                base.insert(name, value);
            }
        }
    }
}
