//! Typed settings, complete and checked before anything else starts.
//!
//! A misspelt or insecure setting is a silent hole, so an unknown key is an error, and all that is
//! wrong is said at once. `load.rs` lays the sources over each other, `check.rs` holds the rules.

mod audit;
mod check;
mod check_auth;
mod environment;
mod issuer;
mod load;
mod rate_limit;

use std::{
    fmt,
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use ipnet::IpNet;
use serde::{Deserialize, Deserializer};

pub use audit::{Audit, AuditSink, UnwritableReads};
pub use issuer::{Auth, Issuer, KeySource, SigningAlgorithm};
pub use load::{Sources, load};
pub use rate_limit::{Quota, RateLimit, RoleQuota, Shares};

/// One thing that is wrong with the configuration, and its mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The dotted key, or the file, that it is about.
    pub key: String,
    /// What is wrong and what to do; never a secret value.
    pub mend: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.mend)
    }
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

/// All settings. The keys, units and defaults are those of `config/default.toml`.
#[derive(Debug, Clone, Deserialize)]
pub struct Settings {
    pub profile: Profile,
    pub data_dir: PathBuf,
    pub public: Public,
    pub rate_limit: RateLimit,
    pub database: Database,
    pub auth: Auth,
    pub idempotency: Idempotency,
    pub per_owner: PerOwner,
    pub audit: Audit,
    pub log: Log,
    /// Variables that are set for parts which are not built yet.
    #[serde(skip)]
    pub planned: Vec<String>,
}

impl Settings {
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
    pub shutdown_timeout_seconds: u64,
    pub hosts: Vec<String>,
    pub trusted_proxies: Vec<IpNet>,
    pub forwarded_field: ForwardedField,
    pub tls: Tls,
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

#[derive(Debug, Clone, Deserialize)]
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
pub struct Tls {
    cert_file: PathBuf,
    key_file: PathBuf,
}

impl Tls {
    /// The certificate chain and private key files, when configured.
    #[must_use]
    pub fn files(&self) -> Option<(&Path, &Path)> {
        let given = |path: &Path| !path.as_os_str().is_empty();
        (given(&self.cert_file) && given(&self.key_file))
            .then_some((self.cert_file.as_path(), self.key_file.as_path()))
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct Limits {
    pub connections: usize,
    pub connections_per_address: usize,
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

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_secs)
}

/// `Debug` hides the URL: it may carry a password.
#[derive(Clone, Deserialize)]
pub struct Database {
    pub url: String,
    pub max_connections: u32,
    #[serde(rename = "acquire_timeout_seconds", deserialize_with = "seconds")]
    pub acquire_timeout: Duration,
    #[serde(rename = "busy_timeout_seconds", deserialize_with = "seconds")]
    pub busy_timeout: Duration,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("url", &"[hidden]")
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct Idempotency {
    retention_hours: i64,
}

impl Idempotency {
    #[must_use]
    pub fn retention(&self) -> time::Duration {
        time::Duration::hours(self.retention_hours)
    }
}

/// What one owner may have at most.
#[derive(Debug, Clone, Deserialize)]
pub struct PerOwner {
    pub invoices: u32,
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
