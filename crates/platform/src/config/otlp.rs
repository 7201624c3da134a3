//! Settings of OpenTelemetry: which collector gets spans and figures.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use super::{rule::Rule, seconds, spelling::is_https_url, tls::given};

#[derive(Debug, Clone, Deserialize)]
pub struct Otlp {
    collector: String,
    ca_file: PathBuf,
    pub allow_private_network: bool,
    authorization_file: PathBuf,
    #[serde(rename = "interval_seconds", deserialize_with = "seconds")]
    pub interval: Duration,
    pub queue: usize,
    pub sample_ratio: f64,
    pub logs: bool,
}

impl Otlp {
    /// The base of the collector's URLs, where there is one.
    #[must_use]
    pub fn collector(&self) -> Option<&str> {
        (!self.collector.is_empty()).then_some(&self.collector)
    }

    /// The authority of the collector, in place of the system's.
    #[must_use]
    pub fn ca_file(&self) -> Option<&Path> {
        given(&self.ca_file)
    }

    /// The file of the value of `Authorization`, for a collector that asks for one.
    #[must_use]
    pub fn authorization_file(&self) -> Option<&Path> {
        given(&self.authorization_file)
    }
}

pub(super) const RULES: &[Rule] = &[
    Rule::whole(
        "otlp.collector",
        |s| {
            s.otlp
                .collector()
                .is_some_and(|url| !is_https_url(url) || url.contains('?'))
        },
        "write an https URL without a user, without a query and without a fragment: /v1/traces is added to it",
        "otlp.collector = 'http://collector.example.com:4318'",
    ),
    Rule::whole(
        "otlp.collector",
        |s| {
            let files = [s.otlp.ca_file(), s.otlp.authorization_file()];
            s.otlp.collector().is_none() && files.iter().any(Option::is_some)
        },
        "ca_file and authorization_file have no effect without collector",
        "otlp = { ca_file = 'ca.pem', collector = '' }",
    ),
    Rule::integer(
        "otlp.interval_seconds",
        |s| s.otlp.interval.as_secs(),
        (1, 3_600),
        "seconds",
    ),
    Rule::integer(
        "otlp.queue",
        |s| s.otlp.queue as u64,
        (64, 65_536),
        "spans, and as many lines",
    ),
    Rule::whole(
        "otlp.sample_ratio",
        |s| !(0.0..=1.0).contains(&s.otlp.sample_ratio),
        "choose 0.0 to 1.0: the part of traces that begin here and are sent",
        "otlp.sample_ratio = 1.5",
    ),
];
