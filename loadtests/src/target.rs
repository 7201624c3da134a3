//! Where requests go, and the plain HTTP client that carries them.

use anyhow::{Context as _, Result};
use reqwest::{Certificate, Client, ClientBuilder, Method, RequestBuilder, redirect};
use std::{net::SocketAddr, time::Duration};

pub const TOKEN_PATH: &str = "/v1/me";

/// A service that listens.
#[derive(Debug, Clone)]
pub struct Target {
    /// `https://host:port`, without a path.
    pub base: String,
    authority: Option<Certificate>,
}

impl Target {
    /// The service at `url`, whose certificate is vouched for by `ca` (PEM), or by the system.
    pub fn new(url: &str, ca: Option<&[u8]>) -> Result<Self> {
        let authority = ca.map(Certificate::from_pem).transpose();
        Ok(Self {
            base: url.trim_end_matches('/').to_owned(),
            authority: authority.context("the certificate authority is not PEM")?,
        })
    }

    /// A client of its own: no connection is shared with another client.
    pub fn client(&self) -> Result<Client> {
        Ok(self.builder().build()?)
    }

    /// The same, to be built by a load framework.
    pub fn builder(&self) -> ClientBuilder {
        let builder = Client::builder()
            .user_agent("loadtests")
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .http1_only();
        match &self.authority {
            Some(authority) => builder.tls_certs_only([authority.clone()]),
            None => builder,
        }
    }

    /// Where it listens, when its name is an address.
    pub fn address(&self) -> Result<SocketAddr> {
        let authority = self.base.trim_start_matches("https://");
        authority.parse().context("not an address and a port")
    }

    pub fn get(&self, client: &Client, path: &str) -> RequestBuilder {
        self.request(client, Method::GET, path)
    }

    pub fn request(&self, client: &Client, method: Method, path: &str) -> RequestBuilder {
        client.request(method, format!("{}{path}", self.base))
    }
}

/// The field that says whose request it is, when the sender is a trusted proxy.
pub const FORWARDED_FOR: &str = "x-forwarded-for";
