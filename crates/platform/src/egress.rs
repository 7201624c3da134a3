//! The only way out: fetching a document from a configured https address, or telling one of an alert.
//!
//! A service that fetches URLs is a way into the network it stands in (SSRF, API7:2023), and what it
//! fetches is an input like any other (API10:2023). So: https only, no redirects, the address is
//! judged after the name has been resolved, and size and time are bounded.

mod public_only;

use std::{path::Path, sync::Arc, time::Duration};

use ureq::{
    Agent, Error,
    config::ConfigBuilder,
    tls::{Certificate, ClientCert, RootCerts, TlsConfig},
    typestate::AgentScope,
    unversioned::{resolver::DefaultResolver, transport::DefaultConnector},
};

use self::public_only::{NoPublicAddress, PublicOnly};
use crate::tls::{self, TlsError};

/// Longest document in bytes.
const MAX_BYTES: u64 = 256 * 1024;
/// Longest URL in bytes. An issuer's metadata names the URL of its keys.
const MAX_URL: usize = 2048;
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
    #[error("its URL is longer than {MAX_URL} bytes")]
    LongUrl,
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

/// What every client of this program keeps to: TLS to servers that these authorities vouch for, bounded fields, and
/// an answer that is only the server's own. `own` is shown to a server that asks for a certificate.
#[must_use]
pub fn https_only(roots: RootCerts, own: Option<ClientCert>) -> ConfigBuilder<AgentScope> {
    let tls_config = TlsConfig::builder()
        .root_certs(roots)
        .client_cert(own)
        .unversioned_rustls_crypto_provider(tls::Policy::of_client().provider())
        .build();
    Agent::config_builder()
        .https_only(true)
        // A redirect is how an allowed address leads to one that is not, and a token to another server.
        .max_redirects(0)
        .max_redirects_will_error(false)
        // Nor through a proxy that the environment names.
        .proxy(None)
        .http_status_as_error(false)
        .max_response_header_size(16 * 1024)
        .max_idle_connections(0)
        .tls_config(tls_config)
}

/// All certificates of a PEM file, at least one.
///
/// # Errors
/// When the file cannot be read or trusted, holds none, or is not whole.
pub fn certificates(file: &Path) -> Result<Vec<Certificate<'static>>, TlsError> {
    let certificates = tls::certificates(file)?;
    let owned = certificates
        .iter()
        .map(|der| Certificate::from_der(der).to_owned());
    Ok(owned.collect())
}

/// A client for the documents of one issuer, or for one receiver of alerts. It blocks: call it on a thread of its own.
pub struct Client(Agent);

impl Client {
    /// `ca_file` replaces the system's authorities; private addresses must be allowed expressly.
    ///
    /// # Errors
    /// When `ca_file` cannot be read or trusted, or is no PEM.
    pub fn new(ca_file: Option<&Path>, allow_private_network: bool) -> Result<Self, EgressError> {
        let roots = match ca_file {
            Some(path) => RootCerts::Specific(Arc::new(certificates(path)?)),
            None => RootCerts::PlatformVerifier,
        };
        let config = https_only(roots, None)
            .user_agent("")
            .accept(ACCEPT)
            .timeout_global(Some(MAX_TIME))
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
        if url.len() > MAX_URL {
            return Err(EgressError::LongUrl);
        }
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

impl Client {
    /// Sends JSON with these fields to `url`. Of the answer only the status is read.
    ///
    /// # Errors
    /// When it is not answered by a 2xx.
    pub fn post_json(
        &self,
        url: &str,
        fields: &[(&str, &str)],
        body: &[u8],
    ) -> Result<(), EgressError> {
        let request = self.0.post(url).content_type("application/json");
        let request = fields.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        let status = request.send(body)?.status();
        if status.is_success() {
            return Ok(());
        }
        Err(EgressError::Status(status.as_u16()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
