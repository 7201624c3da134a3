//! Typed settings, complete and checked before anything else starts.
//!
//! A misspelt or insecure setting is a silent hole, so an unknown key is an error, and all that is
//! wrong is said at once. `load.rs` lays the sources over each other; `check.rs` gathers the rules, each
//! of which is a row with an example that breaks it.

mod admin;
mod alerts;
mod audit;
mod check;
mod check_admin;
mod check_auth;
mod check_limits;
mod check_public;
mod check_rate_limit;
mod check_tls;
mod check_weakness;
mod database;
mod detection;
mod environment;
mod issuer;
mod layers;
mod load;
mod log_filter;
mod otlp;
mod password;
mod proxies;
mod rate_limit;
mod rule;
mod schema;
mod service_link;
mod shared_quotas;
mod shown;
mod siem;
mod spelling;
mod tls;
mod weakness;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    path::PathBuf,
    time::Duration,
};

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretSlice};
use serde::{Deserialize, Deserializer};

pub use admin::{Admin, DocsLogin};
pub use alerts::Alerts;

pub use audit::{Audit, AuditSink, FILE_NUMBER_DIGITS, UnwritableReads, is_file_number};
pub use check::rules;
pub use database::Database;
pub use detection::{Detection, DetectionAction, DetectionRule};
pub use issuer::{ApiKeys, Auth, Issuer, KeySource, SigningAlgorithm};
pub use layers::Layers;
pub use load::{Sources, examine, load};
pub use otlp::Otlp;
pub use rate_limit::{Quota, RateLimit, RoleQuota, Shares};
pub use rule::{Check, Rule};
pub use schema::keys;
pub use shared_quotas::{QuotaServer, SharedQuotas, WhenAway};
pub use siem::{Receiver, Siem};
pub use tls::{ListenerTls, Tls, TlsProfile, WithoutSni};
pub use weakness::Weakness;

/// One thing that is wrong with the configuration, and how to fix it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {fix}")]
pub struct ConfigError {
    /// The dotted key, or the file, that it is about.
    pub key: String,
    /// What is wrong and what to do; never a secret value.
    pub fix: String,
}

/// Which set of rules holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// One machine; makes its own certificates and signing key.
    Dev,
    /// Refuses every insecure setting.
    Production,
}

/// All settings. The keys, units and defaults are those of the platform's `config/default.toml`. What may
/// hold a password has a type that `Debug` hides.
#[derive(Debug, Clone, Deserialize)]
pub struct Settings {
    pub profile: Profile,
    pub data_dir: PathBuf,
    pub tls: Tls,
    pub public: Public,
    pub admin: Admin,
    pub rate_limit: RateLimit,
    pub detection: Detection,
    pub alerts: Alerts,
    pub shutdown: Shutdown,
    pub sandbox: Sandbox,
    pub database: Database,
    pub auth: Auth,
    pub idempotency: Idempotency,
    pub per_owner: PerOwner,
    pub audit: Audit,
    pub log: Log,
    pub otlp: Otlp,
    /// Variables that an orchestrator injected, and that are no settings.
    #[serde(skip)]
    pub service_links: Vec<String>,
    #[serde(skip)]
    known_roles: Vec<&'static str>,
    /// The keys whose value stands in a file that a variable names.
    #[serde(skip)]
    from_files: BTreeSet<String>,
    /// Where each key was set last; nowhere, when its value is that of the platform's `default.toml`.
    #[serde(skip)]
    origins: BTreeMap<String, String>,
    #[serde(skip)]
    effective: SecretSlice<u8>,
}

impl Settings {
    /// Every setting and its value, secrets included, in one form: two configurations are equal when
    /// these bytes are. They are made to be hashed with a key, and never to be shown:
    /// [`Settings::shown`] is.
    #[must_use]
    pub fn effective(&self) -> &[u8] {
        self.effective.expose_secret()
    }

    /// What has no effect although somebody set it, in words.
    #[must_use]
    pub fn notices(&self) -> Vec<String> {
        let links = self.service_links.iter().map(|variable| {
            format!(
                "{variable}: a service link of an orchestrator, not a setting: it has no effect"
            )
        });
        links.collect()
    }

    fn knows_role(&self, name: &str) -> bool {
        self.known_roles.contains(&name)
    }

    /// The folder of the development CA, certificate and signing key.
    #[must_use]
    pub fn development_dir(&self) -> PathBuf {
        self.data_dir.join("dev")
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct Public {
    pub bind: IpAddr,
    pub port: u16,
    pub workers: u16,
    pub hosts: Vec<String>,
    #[serde(deserialize_with = "proxies::networks")]
    pub trusted_proxies: Vec<IpNet>,
    pub forwarded_field: ForwardedField,
    pub tls: ListenerTls,
    pub limits: Limits,
    pub cors: Cors,
    pub security_txt: SecurityTxt,
}

/// Which header field a trusted proxy writes the client's address to. Only one: a proxy that sets
/// the one passes the client's own spelling of the other on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedField {
    XForwardedFor,
    /// RFC 7239.
    Forwarded,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct Cors {
    pub allowed_origins: Vec<String>,
    pub max_age_seconds: usize,
}

#[derive(Debug, Clone, Deserialize)]
pub struct SecurityTxt {
    pub contacts: Vec<String>,
    pub policy: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Limits {
    pub connections: usize,
    pub connections_per_address: usize,
    pub connections_per_network: usize,
    pub connections_for_loopback: usize,
    pub tls_handshakes: usize,
    pub target_bytes: usize,
    pub head_bytes: usize,
    pub fields: usize,
    pub body_bytes: usize,
    #[serde(rename = "tls_handshake_timeout_seconds", deserialize_with = "seconds")]
    pub tls_handshake_timeout: Duration,
    #[serde(rename = "head_timeout_seconds", deserialize_with = "seconds")]
    pub head_timeout: Duration,
    #[serde(rename = "body_timeout_seconds", deserialize_with = "seconds")]
    pub body_timeout: Duration,
    #[serde(rename = "keep_alive_seconds", deserialize_with = "seconds")]
    pub keep_alive: Duration,
    #[serde(rename = "request_timeout_seconds", deserialize_with = "seconds")]
    pub request_timeout: Duration,
    #[serde(rename = "write_timeout_seconds", deserialize_with = "seconds")]
    pub write_timeout: Duration,
}

fn milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_millis)
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_secs)
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Shutdown {
    #[serde(rename = "delay_seconds", deserialize_with = "seconds")]
    pub delay: Duration,
    #[serde(rename = "deadline_seconds", deserialize_with = "seconds")]
    pub deadline: Duration,
}

/// What the kernel forbids the process.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Sandbox {
    pub enabled: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Idempotency {
    retention_hours: u64,
}

impl Idempotency {
    #[must_use]
    pub fn retention(&self) -> time::Duration {
        time::Duration::hours(self.retention_hours.try_into().unwrap_or(i64::MAX))
    }
}

/// What one owner may have at most.
#[derive(Debug, Clone, Deserialize)]
pub struct PerOwner {
    pub rows: u32,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Log {
    pub filter: String,
    pub format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Pretty,
    Json,
}
