//! The files and directories that a configuration names, held against what is on the disk.
//!
//! A configuration whose certificate is not there, or whose key set others may write, is wrong before
//! anything starts. So `check-config` and `serve` say all of that at once, like the rules of
//! `config/check.rs`; only what would be made at start is not asked for. Nothing is made or changed here.

use std::{path::PathBuf, sync::Arc};

use super::tls_sources::{certified, certified_admin, clients, source};
use crate::{
    alerts,
    api_keys::Pepper,
    auth::tokens,
    clock::Clock,
    config::{AuditSink, ConfigError, KeySource, Settings},
    data_dir::DataDir,
    db,
    files::{self, Directory, FileError, Secrecy},
    quota_store::QuotaStore,
    siem,
    tls::{self, Source},
};

/// What is wrong with the files of these settings.
#[must_use]
pub fn check_files(settings: &Settings, clock: &Arc<dyn Clock>) -> Vec<ConfigError> {
    let mut found = Vec::new();
    let mut say = |key: &str, fault: Option<String>| {
        found.extend(fault.map(|fix| ConfigError {
            key: key.to_owned(),
            fix,
        }));
    };
    say("data_dir", fault(DataDir::check(&settings.data_dir)));
    say(
        "database.url",
        fault(db::file(&settings.database, &settings.data_dir)),
    );
    say("database.url", fault(database(settings)));
    if let Some(file) = settings.database.ca_file() {
        say("database.ca_file", fault(tls::certificates(file)));
    }
    say("audit.file", fault(journal_directory(settings)));
    let (public, admin) = (&settings.public, &settings.admin);
    for (table, tls, hosts, certified) in [
        (
            "public.tls",
            &public.tls,
            &public.hosts,
            certified(settings),
        ),
        (
            "admin.tls",
            &admin.tls,
            &admin.hosts,
            certified_admin(settings),
        ),
    ] {
        if let Some(files) = tls.files() {
            let source = Source {
                certified,
                ..source(settings, files, hosts, clock)
            };
            for (member, fault) in tls_faults(&source) {
                say(&format!("{table}{member}"), Some(fault));
            }
        }
        let clients = clients(tls, None);
        say(table, clients.and_then(|clients| fault(clients.check())));
    }
    if let Some(file) = settings.auth.api_keys.pepper_file() {
        say("auth.api_keys.pepper_file", fault(Pepper::read(file)));
    }
    if let Some((_, file)) = settings.alerts.receiver() {
        say("alerts.secret_file", fault(alerts::Secret::read(file)));
    }
    if let Some(file) = settings.alerts.ca_file() {
        say("alerts.ca_file", fault(tls::certificates(file)));
    }
    if let Some(file) = settings.otlp.ca_file() {
        say("otlp.ca_file", fault(tls::certificates(file)));
    }
    if let Some(file) = settings.otlp.authorization_file() {
        let key = "otlp.authorization_file";
        say(key, fault(files::read_secret_text(file)));
    }
    if settings.audit.siem.receiver().is_some() {
        say("audit.siem", fault(siem::check_files(&settings.audit.siem)));
    }
    if let Some((_, file)) = settings.rate_limit.shared.server() {
        let key = "rate_limit.shared.secret_file";
        say(key, fault(QuotaStore::check_secret(file)));
    }
    if let Some(file) = settings.rate_limit.shared.ca_file() {
        say("rate_limit.shared.ca_file", fault(tls::certificates(file)));
    }
    for (index, issuer) in settings.auth.issuers.iter().enumerate() {
        let key = |member: &str| format!("auth.issuers[{index}].{member}");
        if let Some(file) = &issuer.ca_file {
            say(&key("ca_file"), fault(tls::certificates(file)));
        }
        if let Some(KeySource::File(_)) = issuer.key_source() {
            say(&key("jwks_file"), fault(tokens::check_key_file(issuer)));
        }
    }
    found
}

fn fault<T, E: ToString>(result: Result<T, E>) -> Option<String> {
    result.err().map(|error| error.to_string())
}

/// Both files are judged, and together only when each is sound.
fn tls_faults(source: &Source) -> Vec<(&'static str, String)> {
    let apart = [
        (".cert_file", fault(tls::certificates(&source.cert_file))),
        (".key_file", fault(tls::check_key(&source.key_file))),
    ];
    let apart: Vec<_> = apart
        .into_iter()
        .filter_map(|(name, fault)| Some((name, fault?)))
        .collect();
    if apart.is_empty() {
        let together = fault(source.load());
        return together.map(|fault| ("", fault)).into_iter().collect();
    }
    apart
}

/// A database outside the data directory, which is closed, holds what callers wrote: it is a secret.
///
/// # Errors
/// When it is there and others may read or write it.
pub(super) fn database(settings: &Settings) -> Result<(), FileError> {
    if let Some(key) = settings.database.client_key() {
        return files::check(&key, Secrecy::Secret);
    }
    let file = db::file(&settings.database, &settings.data_dir);
    let file = file.ok().flatten();
    let outside = |file: &PathBuf| !file.starts_with(&settings.data_dir) && file.exists();
    match file.filter(outside) {
        Some(file) => files::check(&file, Secrecy::Secret),
        None => Ok(()),
    }
}

fn journal_directory(settings: &Settings) -> Result<(), FileError> {
    if settings.audit.sink == AuditSink::Stdout || settings.audit.file.as_os_str().is_empty() {
        return Ok(());
    }
    let file = settings.audit.path(&settings.data_dir);
    match Directory::existing(files::parent(&file))? {
        Some(directory) => directory.closed_to_writers().map(drop),
        None => Ok(()),
    }
}
