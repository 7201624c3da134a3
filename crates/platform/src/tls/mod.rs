//! TLS as this service speaks it: rustls, 1.3 and 1.2, AEAD suites with forward secrecy only.
//!
//! What is weak is not switched off here, it is not there: rustls has no RC4, CBC, RSA key
//! exchange, renegotiation or compression. `development.rs` makes certificates for one's own
//! machine.
//!
//! Controls: TL-02, TL-03, TL-05

mod client;
pub mod development;
mod error;
mod operators;
mod pem;
mod pinned;
mod probe;

use std::{fmt, path::Path, sync::Arc, time::Duration};

use rustls::{
    ClientConfig, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
    time_provider::TimeProvider,
    version::{TLS12, TLS13},
};

pub use client::client;
pub use error::{PairFault, PemFault, TlsError};
pub use operators::{Operators, name_of};
pub use pem::{certificates, check_key};
pub use probe::Probe;

use crate::clock::Clock;

/// The time by which the listener reads certificates.
pub struct ByClock(pub Arc<dyn Clock>);

impl fmt::Debug for ByClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByClock")
    }
}

impl TimeProvider for ByClock {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = self.0.now().unix_timestamp().try_into().ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// What the listener speaks TLS with.
pub struct Server {
    pub config: ServerConfig,
    /// The certificate of the service itself, the first of its chain.
    pub certificate: CertificateDer<'static>,
}

impl Server {
    /// When the certificate expires, in seconds of the Unix epoch.
    #[must_use]
    pub fn expires(&self) -> Option<i64> {
        let (_, certificate) = x509_parser::parse_x509_certificate(&self.certificate).ok()?;
        Some(certificate.validity().not_after.timestamp())
    }
}

/// The listener's configuration from a certificate chain and its private key.
///
/// # Errors
/// When a file cannot be read or trusted, is not PEM, or the key is not the certificate's.
pub fn server(cert_file: &Path, key_file: &Path) -> Result<Server, TlsError> {
    asking(cert_file, key_file, WebPkiClientVerifier::no_client_auth())
}

/// The same for a listener that only these operators may connect to.
///
/// # Errors
/// Those of [`server`], about the files of the authority too.
pub fn server_for(
    cert_file: &Path,
    key_file: &Path,
    operators: &Operators<'_>,
) -> Result<Server, TlsError> {
    asking(cert_file, key_file, operators.verifier()?)
}

fn asking(
    cert_file: &Path,
    key_file: &Path,
    clients: Arc<dyn ClientCertVerifier>,
) -> Result<Server, TlsError> {
    let chain = pem::certificates(cert_file)?;
    let key = pem::private_key(key_file)?;
    let Some(certificate) = chain.first().cloned() else {
        return Err(PemFault::NoCertificate.at(cert_file));
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(|_| TlsError::Provider)?
        .with_client_cert_verifier(clients)
        .with_single_cert(chain, key)
        .map_err(|error| TlsError::Pair {
            cert: cert_file.display().to_string(),
            key: key_file.display().to_string(),
            fault: PairFault::of(&error),
        })?;
    // Only what is served, so that no other protocol's server can be mistaken for this one (ALPACA).
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // TLS 1.2 without extended master secret is open to the triple handshake (RFC 7627).
    config.require_ems = true;
    Ok(Server {
        config,
        certificate,
    })
}

/// A client that believes only this certificate, and shows the one that this PEM holds with its key.
///
/// # Errors
/// When the provider lacks TLS 1.2 and 1.3, or the PEM is not whole.
pub fn pinned_client(
    certificate: CertificateDer<'static>,
    own: Option<&str>,
) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let own = own.map(|pem| {
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes());
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes());
        Ok((vec![certificate?], key?))
    });
    let own = own
        .transpose()
        .map_err(|_: rustls::pki_types::pem::Error| TlsError::Development)?;
    pinned::client_config(certificate, own, provider).map_err(|_| TlsError::Provider)
}
