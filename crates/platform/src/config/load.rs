//! Lays the sources over each other and refuses what the platform's `default.toml` does not know.
//!
//! That file is the schema: it holds every key, and the type of its value is the type that is expected.
//! So there is one list of settings, and it is the one people read. Later wins: the platform's defaults,
//! the service's, the platform's profile, the service's, each `--config` file, the environment.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use secrecy::{
    SecretString,
    zeroize::{Zeroize, Zeroizing},
};
use toml::{Table, Value};

use super::{
    ConfigError, Layers, Settings, environment,
    layers::lay_over,
    password,
    schema::{self, insert, keys_under, known, lookup, violation},
};
use crate::files;

const DEV: &str = include_str!("../../config/dev.toml");
const PRODUCTION: &str = include_str!("../../config/production.toml");

/// Where settings come from besides the platform's own files.
#[derive(Debug, Default)]
pub struct Sources {
    /// What the service compiles in.
    pub service: Layers,
    /// TOML files laid over the profile's, in this order.
    pub files: Vec<PathBuf>,
    /// Environment variables; those that do not begin with `APP_` are passed over, but one of libpq's that
    /// holds a password.
    pub environment: Vec<(String, SecretString)>,
}

impl Sources {
    /// The settings of a service, these files, and the process's own environment.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads it"
    )]
    pub fn of_process(service: Layers, files: Vec<PathBuf>) -> Self {
        let environment = std::env::vars_os()
            .map(|(name, value)| {
                (
                    name.to_string_lossy().into_owned(),
                    value.to_string_lossy().into_owned().into(),
                )
            })
            .collect();
        Self {
            service,
            files,
            environment,
        }
    }
}

/// Reads every source and checks the whole. `roles` are the names of the service's roles: a quota or
/// an issuer's table that names another one would have no effect, and is refused.
///
/// # Errors
/// Everything that is wrong, at once: unknown keys with the nearest valid name, wrong types,
/// unreadable files, and the rules of `check.rs`.
pub fn load(sources: &Sources, roles: &[&'static str]) -> Result<Settings, Vec<ConfigError>> {
    match examine(sources, roles) {
        (Some(settings), found) if found.is_empty() => Ok(settings),
        (_, found) => Err(found),
    }
}

/// The same, with the settings as far as they go although something is wrong with them, so that a
/// command can say more about them. They must not be used for anything else.
#[must_use]
pub fn examine(sources: &Sources, roles: &[&'static str]) -> (Option<Settings>, Vec<ConfigError>) {
    let mut found = Vec::new();
    let schema = built_in(schema::DEFAULTS, &mut found);
    let service = sources.service.parsed(&schema, &mut found);
    let files: Vec<(String, Table)> = sources
        .files
        .iter()
        .filter_map(|file| Some((file.display().to_string(), read(file, &mut found)?)))
        .collect();
    let environment = environment::read(&sources.environment, &schema, &mut found);
    let files: Vec<(String, Table)> = files
        .into_iter()
        .map(|(name, file)| (name, known(file, &schema, "", &mut found)))
        .collect();

    let profile = [&service.default]
        .into_iter()
        .chain(files.iter().map(|(_, file)| file))
        .chain([&environment.layer])
        .filter_map(|layer| layer.get("profile").and_then(Value::as_str))
        .next_back();
    let (name, platforms, services) = match profile {
        Some("production") => ("production", PRODUCTION, service.production),
        _ => ("dev", DEV, service.dev),
    };
    if profile == Some("production") {
        password::refuse_variable(&sources.environment, &mut found);
    }
    let profile = known(built_in(platforms, &mut found), &schema, "", &mut found);

    let mut settings = schema.clone();
    let mut origins = BTreeMap::new();
    let built_in = [
        ("default.toml of the service".to_owned(), service.default),
        (format!("{name}.toml"), profile),
        (format!("{name}.toml of the service"), services),
    ];
    let environment_layer = ("environment".to_owned(), environment.layer);
    for (origin, layer) in built_in.into_iter().chain(files).chain([environment_layer]) {
        let keys = keys_under(&layer, "").into_iter();
        origins.extend(keys.map(|key| (key, origin.clone())));
        lay_over(&mut settings, layer);
    }
    typed_settings(settings, &schema, found, |settings| {
        settings.service_links = environment.service_links;
        settings.from_files = environment.from_files;
        settings.known_roles = roles.to_vec();
        settings.origins = origins;
    })
}

/// Makes typed settings, and then checks them. A value that its type refuses is put back to its
/// default, so that everything else that is wrong is said too.
fn typed_settings(
    mut merged: Table,
    schema: &Table,
    mut found: Vec<ConfigError>,
    complete: impl FnOnce(&mut Settings),
) -> (Option<Settings>, Vec<ConfigError>) {
    loop {
        match serde_path_to_error::deserialize::<_, Settings>(Value::Table(merged.clone())) {
            Ok(mut settings) => {
                complete(&mut settings);
                // A table is ordered by name, so equal settings are equal bytes.
                settings.effective = serde_json::to_vec(&merged).unwrap_or_default().into();
                wipe(&mut Value::Table(merged));
                settings.check(&mut found);
                return (Some(settings), found);
            }
            Err(error) => {
                let key = error.path().to_string();
                found.push(violation(&key, without_value(error.into_inner().message())));
                // `auth.issuers[0].algorithms` is part of the setting `auth.issuers`.
                let setting = key.split('[').next().unwrap_or_default();
                match lookup(schema, setting) {
                    Some(default) if lookup(&merged, setting) != Some(default) => {
                        insert(&mut merged, setting, default.clone());
                    }
                    _ => return (None, found),
                }
            }
        }
    }
}

/// Overwrites every text: one of them may be a secret.
pub(super) fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(list) => list.iter_mut().for_each(wipe),
        Value::Table(table) => table.iter_mut().for_each(|(_, value)| wipe(value)),
        _ => {}
    }
}

/// The deserializer's words, without the value that they begin with: it may be a secret that was given
/// to the wrong setting.
fn without_value(message: &str) -> String {
    let carries_it = ["unknown variant ", "invalid type: ", "invalid value: "];
    let expected = carries_it.iter().any(|begin| message.starts_with(begin));
    match message.rsplit_once(", expected ") {
        Some((_, expected_is)) if expected => format!("must be {expected_is}"),
        _ if expected => "is not one of the values that are known".to_owned(),
        _ => message.to_owned(),
    }
}

fn built_in(text: &str, found: &mut Vec<ConfigError>) -> Table {
    text.parse().unwrap_or_else(|error: toml::de::Error| {
        found.push(violation("built-in configuration", error.message()));
        Table::new()
    })
}

fn read(file: &Path, found: &mut Vec<ConfigError>) -> Option<Table> {
    let name = file.display().to_string();
    // It names whom to trust.
    let text = files::read_text(file)
        .map(Zeroizing::new)
        .map_err(|error| found.push(violation(&name, error.fault.to_string())))
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
