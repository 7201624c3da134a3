//! Settings of alerts: who is told.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{milliseconds, rule::Rule, spelling::is_https_url, tls::given};

#[derive(Debug, Clone, Deserialize)]
pub struct Alerts {
    /// Its path is a key at many receivers.
    url: SecretString,
    secret_file: PathBuf,
    ca_file: PathBuf,
    pub allow_private_network: bool,
    pub queue: usize,
    pub attempts: u32,
    #[serde(rename = "retry_milliseconds", deserialize_with = "milliseconds")]
    pub retry: Duration,
}

impl Alerts {
    /// Where alerts go, and the file of the secret that signs them.
    #[must_use]
    pub fn receiver(&self) -> Option<(&str, &Path)> {
        let url = self.url();
        (!url.is_empty())
            .then_some(url)
            .zip(given(&self.secret_file))
    }

    fn url(&self) -> &str {
        self.url.expose_secret()
    }

    /// The authority of the receiver, in place of the system's.
    #[must_use]
    pub fn ca_file(&self) -> Option<&Path> {
        given(&self.ca_file)
    }
}

pub(super) const RULES: &[Rule] = &[
    Rule::whole(
        "alerts.url",
        |s| !s.alerts.url().is_empty() && !is_https_url(s.alerts.url()),
        "write an https URL without a user and without a fragment",
        "alerts.url = 'http://alerts.example.com/'",
    ),
    Rule::whole(
        "alerts.secret_file",
        |s| s.alerts.url().is_empty() != given(&s.alerts.secret_file).is_none(),
        "give url and secret_file together",
        "alerts = { url = 'https://alerts.example.com/', secret_file = '' }",
    ),
    Rule::whole(
        "alerts.ca_file",
        |s| s.alerts.ca_file().is_some() && s.alerts.url().is_empty(),
        "has no effect without url",
        "alerts = { ca_file = 'ca.pem', url = '' }",
    ),
    Rule::integer("alerts.queue", |s| s.alerts.queue as u64, (1, 65_536), ""),
    Rule::integer(
        "alerts.attempts",
        |s| s.alerts.attempts.into(),
        (1, 100),
        "",
    ),
    Rule::integer(
        "alerts.retry_milliseconds",
        |s| u64::try_from(s.alerts.retry.as_millis()).unwrap_or(u64::MAX),
        (10, 60_000),
        "milliseconds",
    ),
];
