//! The effective configuration as text, for a terminal and for a ticket: it has no secret in it.
//!
//! Not shown is what may hold a password, and what stands in a file that a variable names: somebody has put it there to
//! keep it from others.
//!
//! Controls: CF-02

use toml::{Table, Value};

use super::{
    Settings,
    load::wipe,
    schema::{keys, lookup},
};

/// The settings whose type `Debug` hides.
const SECRET: [&str; 4] = [
    "alerts.url",
    "database.migrate_url",
    "database.url",
    "rate_limit.shared.url",
];
const REDACTED: &str = "[redacted]";
/// The value of a text that is not set.
const NOT_SET: &str = "";

impl Settings {
    /// Every setting, a line of TOML each, in the order of their names. Behind a value that is not the platform's
    /// default stands where it comes from. A secret that is set is `[redacted]`.
    #[must_use]
    pub fn shown(&self) -> String {
        let values: Table = serde_json::from_slice(self.effective()).unwrap_or_default();
        let lines = keys().into_iter().map(|key| self.line(&key, &values));
        let text = lines.collect();
        wipe(&mut Value::Table(values));
        text
    }

    fn line(&self, key: &str, values: &Table) -> String {
        let is_from_file = self.is_from_file(key);
        let value = match lookup(values, key) {
            Some(value) if value.as_str() == Some(NOT_SET) => value.to_string(),
            Some(value) if !is_from_file && !SECRET.contains(&key) => value.to_string(),
            _ => Value::from(REDACTED).to_string(),
        };
        match self.origins.get(key) {
            Some(_) if is_from_file => format!("{key} = {value}  # file of the environment\n"),
            Some(origin) => format!("{key} = {value}  # {origin}\n"),
            None => format!("{key} = {value}\n"),
        }
    }
}
