//! Settings of the admin listener.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;

use super::{ListenerTls, proxies};

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
    docs_login: DocsLogin,
    pub tls: ListenerTls,
}

/// The client of an OpenID provider that the page of `docs` is.
#[derive(Debug, Clone, Deserialize)]
pub struct DocsLogin {
    pub client_id: String,
    pub authorization_url: String,
    pub token_url: String,
}

impl Admin {
    /// Where the page of `docs` gets tokens, when it does.
    #[must_use]
    pub fn docs_login(&self) -> Option<&DocsLogin> {
        Some(&self.docs_login).filter(|login| !login.client_id.is_empty())
    }

    /// The addresses of `docs_login`, with or without a client.
    pub(super) const fn login_urls(&self) -> [&String; 2] {
        [
            &self.docs_login.authorization_url,
            &self.docs_login.token_url,
        ]
    }
}
