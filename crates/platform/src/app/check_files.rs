//! The files and directories that a configuration names, held against what is on the disk.
//!
//! A configuration whose certificate is not there, or whose key set others may write, is wrong before
//! anything starts. So `check-config` and `serve` say all of that at once, like the rules of
//! `config/check.rs`; only what would be made at start is not asked for. Nothing is made or changed here.

use std::path::{Path, PathBuf};

use crate::{
    alerts,
    api_keys::Pepper,
    audit::Journal,
    auth::tokens,
    config::{AdminTls, AuditSink, ConfigError, KeySource, Settings},
    data_dir::DataDir,
    db,
    files::{self, Directory, FileError, Secrecy},
    quota_store::QuotaStore,
    tls,
};

/// What is wrong with the files of these settings.
#[must_use]
pub fn check_files(settings: &Settings) -> Vec<ConfigError> {
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
    let listeners = [
        ("public.tls", settings.public.tls.files()),
        ("admin.tls", settings.admin.tls.files()),
    ];
    for (table, files) in listeners {
        if let Some((cert, key)) = files {
            for (member, fault) in tls_faults(cert, key) {
                say(&format!("{table}{member}"), Some(fault));
            }
        }
    }
    let operators = operators(&settings.admin.tls, None);
    let operators = operators.map(|operators| operators.verifier());
    say("admin.tls", operators.and_then(fault));
    if let Some(file) = settings.auth.api_keys.pepper_file() {
        say("auth.api_keys.pepper_file", fault(Pepper::read(file)));
    }
    if let Some((_, file)) = settings.alerts.receiver() {
        say("alerts.secret_file", fault(alerts::Secret::read(file)));
    }
    if let Some(file) = settings.alerts.ca_file() {
        say("alerts.ca_file", fault(tls::certificates(file)));
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
fn tls_faults(cert: &Path, key: &Path) -> Vec<(&'static str, String)> {
    let apart = [
        (".cert_file", fault(tls::certificates(cert))),
        (".key_file", fault(tls::check_key(key))),
    ];
    let apart: Vec<_> = apart
        .into_iter()
        .filter_map(|(name, fault)| Some((name, fault?)))
        .collect();
    if apart.is_empty() {
        let together = fault(tls::server(cert, key));
        return together.map(|fault| ("", fault)).into_iter().collect();
    }
    apart
}

/// A database outside the data directory, which is closed, holds what callers wrote: it is a secret.
///
/// # Errors
/// When it is there and others may read or write it.
pub(super) fn database(settings: &Settings) -> Result<(), FileError> {
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
    let file = Journal::file(&settings.audit, &settings.data_dir);
    match Directory::existing(files::parent(&file))? {
        Some(directory) => directory.closed_to_writers().map(drop),
        None => Ok(()),
    }
}

/// Whose certificates the admin listener accepts, where it asks for one.
pub(super) fn operators<'a>(
    settings: &'a AdminTls,
    probe: Option<&tls::Probe>,
) -> Option<tls::Operators<'a>> {
    Some(tls::Operators {
        ca_file: settings.client_ca_file()?,
        crl_file: settings.client_crl_file(),
        names: &settings.operators,
        probe: probe.map(|probe| probe.certificate.clone()),
    })
}
