//! Where a password may stand: in a file of its own, which other users may not read.
//!
//! The environment of a process is copied to each process that it starts, shown by `docker inspect` and by the
//! unit of a supervisor, and kept by the kernel for as long as the process runs: a program cannot take it back. A
//! settings file is public by rule. So production refuses a password in both, instead of hiding it too late.
//!
//! Controls: CF-01

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{ConfigError, Profile, Settings, rule::Rule, schema::violation};

/// The password of libpq's variables, which the driver of PostgreSQL reads.
const VARIABLE: &str = "PGPASSWORD";

/// Whether a URL holds a password.
pub(super) fn is_in(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| {
        let mut in_query = url.query_pairs();
        url.password().is_some() || in_query.any(|(key, _)| key == "password")
    })
}

impl Settings {
    /// Whether the value of this setting stands in a file that a variable names.
    pub(super) fn is_from_file(&self, key: &str) -> bool {
        self.from_files.contains(key)
    }
}

/// The rule about a URL that may hold a password.
pub(super) const fn from_file(
    key: &'static str,
    broken: fn(&Settings) -> bool,
    example: &'static str,
) -> Rule {
    let words = "others can read a password here: production takes a URL that has one from a file, by the \
                 variable of this setting with _FILE at its end";
    Rule::whole(key, broken, words, example).only_in(Profile::Production)
}

/// Says that the variable of libpq is set.
pub(super) fn refuse_variable(
    environment: &[(String, SecretString)],
    found: &mut Vec<ConfigError>,
) {
    let is_set = environment
        .iter()
        .any(|(name, value)| name == VARIABLE && !value.expose_secret().is_empty());
    if is_set {
        let fix = "others can read a password here: production takes it from the file that \
                   APP_DATABASE__URL_FILE names, or from ~/.pgpass";
        found.push(violation(VARIABLE, fix));
    }
}
