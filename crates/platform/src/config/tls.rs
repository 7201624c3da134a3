//! Settings of TLS: what both listeners speak, and the files of each.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use super::seconds;

/// What both listeners speak.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Tls {
    pub profile: TlsProfile,
    pub without_sni: WithoutSni,
    #[serde(rename = "reload_interval_seconds", deserialize_with = "seconds")]
    pub reload_interval: Duration,
    pub warn_days_before_expiry: u32,
}

/// Versions, suites and groups: `tls/policy.rs` has the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TlsProfile {
    /// TLS 1.3 alone.
    Modern,
    /// TLS 1.2 too, with authenticated encryption and forward secrecy.
    Intermediate,
}

/// What becomes of a client that calls no name, as one does that connects to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WithoutSni {
    Accept,
    Refuse,
}

/// The files of one listener.
#[derive(Debug, Clone, Deserialize)]
pub struct ListenerTls {
    cert_file: PathBuf,
    key_file: PathBuf,
    client_ca_file: PathBuf,
    client_crl_file: PathBuf,
    /// The names on clients' certificates that are let in; empty: all that the authority certifies.
    #[serde(alias = "operators", alias = "gateways")]
    pub clients: Vec<String>,
}

impl ListenerTls {
    /// The certificate chain and the private key, when configured.
    #[must_use]
    pub fn files(&self) -> Option<(&Path, &Path)> {
        given(&self.cert_file).zip(given(&self.key_file))
    }

    /// Whether both files are given, or neither.
    pub(super) fn is_paired(&self) -> bool {
        given(&self.cert_file).is_some() == given(&self.key_file).is_some()
    }

    /// The authority of the clients' certificates, when configured.
    #[must_use]
    pub fn client_ca_file(&self) -> Option<&Path> {
        given(&self.client_ca_file)
    }

    /// Its list of revoked certificates, when configured.
    #[must_use]
    pub fn client_crl_file(&self) -> Option<&Path> {
        given(&self.client_crl_file)
    }
}

pub(super) fn given(path: &Path) -> Option<&Path> {
    (!path.as_os_str().is_empty()).then_some(path)
}
