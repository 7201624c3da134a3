//! Settings of the database, and the rules that they keep.
//!
//! On PostgreSQL what callers wrote travels over a network, so production believes only a server whose
//! certificate and name were checked. A password stands in a file of its own: `APP_DATABASE__URL_FILE`.
//!
//! Controls: CF-02, DB-01

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::{Profile, Settings, password, rule::Rule, seconds, tls::given};

#[derive(Debug, Clone, Deserialize)]
pub struct Database {
    url: SecretString,
    migrate_url: SecretString,
    pub runtime_role: String,
    ca_file: PathBuf,
    pub row_level_security: bool,
    pub max_connections: u32,
    #[serde(rename = "acquire_timeout_seconds", deserialize_with = "seconds")]
    pub acquire_timeout: Duration,
    #[serde(rename = "busy_timeout_seconds", deserialize_with = "seconds")]
    pub busy_timeout: Duration,
    #[serde(rename = "statement_timeout_seconds", deserialize_with = "seconds")]
    pub statement_timeout: Duration,
    #[serde(rename = "lock_timeout_seconds", deserialize_with = "seconds")]
    pub lock_timeout: Duration,
    #[serde(
        rename = "idle_in_transaction_timeout_seconds",
        deserialize_with = "seconds"
    )]
    pub idle_in_transaction_timeout: Duration,
    #[serde(rename = "resynchronise_within_seconds", deserialize_with = "seconds")]
    pub resynchronise_within: Duration,
}

impl Database {
    /// Where the database is, for the service itself; it may hold a password.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.expose_secret()
    }

    /// Whether the engine is PostgreSQL; else it is SQLite.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        is_postgres(self.url())
    }

    /// The authority of the server's certificate, when configured.
    #[must_use]
    pub fn ca_file(&self) -> Option<&Path> {
        given(&self.ca_file)
    }

    /// The file of the key of this service's certificate, where the URL names one.
    #[must_use]
    pub fn client_key(&self) -> Option<PathBuf> {
        let url = Url::parse(self.url()).ok()?;
        let keys = url.query_pairs();
        let keys = keys.filter(|(key, _)| matches!(&**key, "sslkey" | "ssl-key"));
        keys.last().map(|(_, file)| file.into_owned().into())
    }

    /// The URL of the role that owns the tables.
    #[must_use]
    pub fn owner_url(&self) -> &str {
        match self.migrate_url.expose_secret() {
            "" => self.url(),
            url => url,
        }
    }
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// Whether a connection by this URL checks the certificate and the name of the server, or never leaves this
/// machine.
fn is_verified(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    let local = url.host_str().is_some_and(|host| host.starts_with("%2F"));
    let mut modes = url.query_pairs().filter(|(key, _)| {
        // Both spellings; the driver takes the last one.
        matches!(&**key, "sslmode" | "ssl-mode")
    });
    let redirected = url
        .query_pairs()
        .any(|(key, _)| matches!(&*key, "host" | "hostaddr"));
    let modes: Vec<_> = modes.by_ref().map(|(_, mode)| mode).collect();
    let verifies = !modes.is_empty() && modes.iter().all(|mode| mode == "verify-full");
    (local && !redirected) || verifies
}

fn is_unverified(url: &str) -> bool {
    is_postgres(url) && !is_verified(url)
}

/// The rule about a URL of a server.
const fn verified(key: &'static str, broken: fn(&Settings) -> bool, example: &'static str) -> Rule {
    let words = "production believes a server only with ?sslmode=verify-full";
    Rule::whole(key, broken, words, example).only_in(Profile::Production)
}

/// What PostgreSQL takes as a name without quotes.
fn is_role(name: &str) -> bool {
    let mut letters = name.chars();
    let first = letters
        .next()
        .is_some_and(|first| first.is_ascii_lowercase() || first == '_');
    first
        && name.len() <= 63
        && letters.all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '_')
}

const TIME: (u64, u64) = (1, 120);

pub(super) const RULES: &[Rule] = &[
    Rule::whole(
        "database.url",
        |s| {
            let url = s.database.url();
            !url.is_empty() && !url.starts_with("sqlite:") && !is_postgres(url)
        },
        "must begin with sqlite: or postgres://",
        "database.url = 'mysql://db/app'",
    ),
    Rule::whole(
        "database.url",
        |s| {
            let url = s.database.url();
            !is_postgres(url) && (url.contains(":memory:") || url.contains("mode=memory"))
        },
        "must be a file: each connection would have a memory of its own",
        "database.url = 'sqlite::memory:'",
    ),
    verified(
        "database.url",
        |s| is_unverified(s.database.url()),
        "database.url = 'postgres://app@db/app?sslmode=require'",
    ),
    Rule::whole(
        "database.migrate_url",
        |s| {
            let url = s.database.migrate_url.expose_secret();
            let both = is_postgres(url) && s.database.is_postgres();
            !url.is_empty() && !both
        },
        "is for PostgreSQL: both URLs must begin with postgres://",
        "database.migrate_url = 'postgres://owner@db/app'",
    ),
    verified(
        "database.migrate_url",
        |s| is_unverified(s.database.migrate_url.expose_secret()),
        "database.migrate_url = 'postgres://owner@db/app'",
    ),
    password::from_file(
        "database.url",
        |s| password::is_in(s.database.url()) && !s.is_from_file("database.url"),
        concat!(
            "database.url = 'postgres://app",
            ":open-to-read@db/app?sslmode=verify-full'"
        ),
    ),
    password::from_file(
        "database.migrate_url",
        |s| {
            let url = s.database.migrate_url.expose_secret();
            password::is_in(url) && !s.is_from_file("database.migrate_url")
        },
        concat!(
            "database.migrate_url = 'postgres://owner",
            ":open-to-read@db/app?sslmode=verify-full'"
        ),
    ),
    Rule::whole(
        "database.runtime_role",
        |s| !s.database.runtime_role.is_empty() && !is_role(&s.database.runtime_role),
        "must be a name of at most 63 small letters, digits and underscores",
        "database.runtime_role = 'App; DROP'",
    ),
    Rule::whole(
        "database.row_level_security",
        |s| !s.database.row_level_security,
        "production keeps it: a statement that forgets its condition would show the rows of others",
        "database.row_level_security = false",
    )
    .only_in(Profile::Production),
    Rule::integer(
        "database.max_connections",
        |s| s.database.max_connections.into(),
        (1, 1000),
        "",
    ),
    Rule::integer(
        "database.acquire_timeout_seconds",
        |s| s.database.acquire_timeout.as_secs(),
        TIME,
        "seconds",
    ),
    Rule::integer(
        "database.busy_timeout_seconds",
        |s| s.database.busy_timeout.as_secs(),
        TIME,
        "seconds",
    ),
    Rule::integer(
        "database.statement_timeout_seconds",
        |s| s.database.statement_timeout.as_secs(),
        TIME,
        "seconds",
    ),
    Rule::integer(
        "database.lock_timeout_seconds",
        |s| s.database.lock_timeout.as_secs(),
        TIME,
        "seconds",
    ),
    Rule::integer(
        "database.idle_in_transaction_timeout_seconds",
        |s| s.database.idle_in_transaction_timeout.as_secs(),
        TIME,
        "seconds",
    ),
    Rule::integer(
        "database.resynchronise_within_seconds",
        |s| s.database.resynchronise_within.as_secs(),
        TIME,
        "seconds",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_verified_only_where_nothing_in_the_url_takes_that_back() {
        for (url, verified) in [
            ("postgres://app@db/app?sslmode=verify-full", true),
            ("postgres://app@%2Fvar%2Frun%2Fpostgresql/app", true),
            ("postgres://app@db/app", false),
            ("postgres://app@db/app?sslmode=require", false),
            ("postgres://app@db/app?sslmode=verify-ca", false),
            (
                "postgres://app@db/app?sslmode=verify-full&sslmode=disable",
                false,
            ),
            (
                "postgres://app@db/app?sslmode=verify-full&ssl-mode=prefer",
                false,
            ),
            ("postgres://app@%2Fvar%2Frun/app?host=db", false),
        ] {
            assert_eq!(is_verified(url), verified, "{url}");
        }
    }
}
