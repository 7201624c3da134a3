//! Settings of the admin listener.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

use ipnet::IpNet;
use serde::Deserialize;

use super::proxies;

#[derive(Debug, Clone, Deserialize)]
pub struct Admin {
    pub bind: IpAddr,
    pub port: u16,
    pub allow_public_bind: bool,
    pub hosts: Vec<String>,
    #[serde(deserialize_with = "proxies::networks")]
    pub networks: Vec<IpNet>,
    pub connections: usize,
    pub docs: bool,
    pub tls: AdminTls,
}

#[derive(Debug, Clone, Deserialize)]
pub struct AdminTls {
    cert_file: PathBuf,
    key_file: PathBuf,
    client_ca_file: PathBuf,
    client_crl_file: PathBuf,
    pub operators: Vec<String>,
}

impl AdminTls {
    /// The certificate chain and the private key of this listener, when it has its own.
    #[must_use]
    pub fn files(&self) -> Option<(&Path, &Path)> {
        given(&self.cert_file).zip(given(&self.key_file))
    }

    /// Whether both files are given, or neither.
    pub(super) fn is_paired(&self) -> bool {
        given(&self.cert_file).is_some() == given(&self.key_file).is_some()
    }

    /// The authority of the operators' certificates, when configured.
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
