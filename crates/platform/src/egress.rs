//! The only way out: fetching a document from a configured https address.
//!
//! A service that fetches URLs is a way into the network it stands in (SSRF, API7:2023), and what it
//! fetches is an input like any other (API10:2023). So: https only, no redirects, the address is
//! judged after the name has been resolved, and size and time are bounded.

use std::{
    net::{IpAddr, Ipv6Addr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use rustls::crypto::aws_lc_rs;
use ureq::{
    Agent, Error,
    config::Config,
    http::Uri,
    tls::{Certificate, RootCerts, TlsConfig},
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

use crate::tls::{self, TlsError};

/// Longest document in bytes.
const MAX_BYTES: u64 = 256 * 1024;
/// A key set has a type of its own (RFC 7517 §8.5.1); metadata, and most key sets, are plain JSON.
const ACCEPT: &str = "application/jwk-set+json, application/json";
/// Longest time from the name's resolution to the last byte.
pub const MAX_TIME: Duration = Duration::from_secs(5);

/// Why a document could not be fetched; for the log.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    #[error("{0}")]
    Fetch(Box<Error>),
    #[error(
        "its name has no public address; if it is on a private network, set allow_private_network = true"
    )]
    NoPublicAddress,
    #[error("answered {0}")]
    Status(u16),
    #[error("is not JSON by its Content-Type")]
    ContentType,
    #[error(transparent)]
    Authority(#[from] TlsError),
}

impl From<Error> for EgressError {
    fn from(error: Error) -> Self {
        match error {
            Error::Other(cause) if cause.is::<NoPublicAddress>() => Self::NoPublicAddress,
            error => Self::Fetch(Box::new(error)),
        }
    }
}

/// The same on its way through the library.
#[derive(Debug, thiserror::Error)]
#[error("no public address")]
struct NoPublicAddress;

/// A client for one issuer's documents. It blocks: call it on a thread of its own.
pub struct Client(Agent);

impl Client {
    /// `ca_file` replaces the system's authorities; private addresses must be allowed expressly.
    ///
    /// # Errors
    /// When `ca_file` cannot be read or trusted, or is no PEM.
    pub fn new(ca_file: Option<&Path>, allow_private_network: bool) -> Result<Self, EgressError> {
        let roots = match ca_file {
            Some(path) => {
                let authorities = tls::certificates(path)?;
                let authorities = authorities
                    .iter()
                    .map(|der| Certificate::from_der(der).to_owned());
                RootCerts::Specific(Arc::new(authorities.collect()))
            }
            None => RootCerts::PlatformVerifier,
        };
        let tls_config = TlsConfig::builder()
            .root_certs(roots)
            .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
            .build();
        let config = Agent::config_builder()
            .https_only(true)
            // A redirect is how an allowed address leads to one that is not.
            .max_redirects(0)
            .max_redirects_will_error(false)
            // Nor through a proxy that the environment names.
            .proxy(None)
            .http_status_as_error(false)
            .max_response_header_size(16 * 1024)
            .max_idle_connections(0)
            .user_agent("")
            .accept(ACCEPT)
            .timeout_global(Some(MAX_TIME))
            .tls_config(tls_config)
            .build();
        let resolver = PublicOnly {
            allow_private_network,
            names: DefaultResolver::default(),
        };
        Ok(Self(Agent::with_parts(
            config,
            DefaultConnector::default(),
            resolver,
        )))
    }

    /// The JSON document at `url`.
    ///
    /// # Errors
    /// For everything but a 200 with a JSON body that keeps the bounds.
    pub fn json(&self, url: &str) -> Result<Vec<u8>, EgressError> {
        let mut response = self.0.get(url).call()?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(EgressError::Status(status));
        }
        let media_type = response.body().mime_type().unwrap_or_default();
        // `application/json`, `application/jwk-set+json`.
        if !(media_type.ends_with("/json") || media_type.ends_with("+json")) {
            return Err(EgressError::ContentType);
        }
        Ok(response
            .body_mut()
            .with_config()
            .limit(MAX_BYTES)
            .read_to_vec()?)
    }
}

/// Resolves a name and leaves out addresses that are not public. It judges what is then connected to,
/// so neither a name that changes its address nor an address in another spelling gets by.
#[derive(Debug)]
struct PublicOnly {
    allow_private_network: bool,
    names: DefaultResolver,
}

impl Resolver for PublicOnly {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.names.resolve(uri, config, timeout)?;
        let mut allowed = self.empty();
        for address in &found {
            if self.allow_private_network || is_public(address.ip()) {
                allowed.push(*address);
            }
        }
        if allowed.is_empty() {
            return Err(Error::Other(Box::new(NoPublicAddress)));
        }
        Ok(allowed)
    }
}

/// Whether an address belongs to the public internet (RFC 6890): not this host, not this network, not
/// the metadata service of a cloud.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let protocol = a == 192 && b == 0 && c == 0;
            let benchmark = a == 198 && (18..20).contains(&b);
            !(v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_documentation()
                || v4.is_multicast()
                || v4.is_broadcast()
                || shared
                || protocol
                || benchmark
                || a == 0
                || a >= 240)
        }
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// Only `2000::/3` is assigned to the public; within it, documentation, and what embeds IPv4 (6to4,
/// Teredo), are not.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let global_unicast = first & 0xE000 == 0x2000;
    let special = (first == 0x2001 && (second < 0x0200 || second == 0x0DB8))
        || first == 0x2002
        || first == 0x3FFF;
    global_unicast && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_of_this_host_or_network_is_public() {
        for inside in [
            "127.0.0.1",
            "127.1.2.3",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2001::1",
            "fec0::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "2a00::1",
        ] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn no_spelling_of_a_private_address_is_fetched_nor_anything_without_tls() {
        let client = Client::new(None, false).unwrap();
        for url in [
            "https://127.0.0.1:1/",
            "https://localhost:1/",
            "https://[::1]:1/",
            "https://0x7f.1:1/",
            "https://2130706433:1/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::ffff:127.0.0.1]:1/",
        ] {
            let refused = client.json(url).unwrap_err();
            assert!(
                matches!(refused, EgressError::NoPublicAddress),
                "{url}: {refused:?}"
            );
        }
        for url in [
            "http://example.com/",
            "file:///etc/passwd",
            "ftp://example.com/",
        ] {
            assert!(client.json(url).is_err(), "{url}");
        }
    }
}
