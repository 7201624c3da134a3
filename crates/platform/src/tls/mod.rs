//! TLS as this service speaks it: rustls, 1.3 and 1.2, AEAD suites with forward secrecy only.
//!
//! What is weak is not switched off here, it is not there: rustls has no RC4, CBC, RSA key
//! exchange, renegotiation or compression. `development.rs` makes certificates for one's own
//! machine.
//!
//! Controls: TL-02, TL-03, TL-05

pub mod development;
mod error;
mod pem;
mod pinned;

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::CertificateDer,
    version::{TLS12, TLS13},
};

pub use error::{PairFault, PemFault, TlsError};
pub use pem::{certificates, check_key};

/// What the listener speaks TLS with.
pub struct Server {
    pub config: ServerConfig,
    /// The certificate of the service itself, the first of its chain.
    pub certificate: CertificateDer<'static>,
}

/// The listener's configuration from a certificate chain and its private key.
///
/// # Errors
/// When a file cannot be read or trusted, is not PEM, or the key is not the certificate's.
pub fn server(cert_file: &Path, key_file: &Path) -> Result<Server, TlsError> {
    let chain = pem::certificates(cert_file)?;
    let key = pem::private_key(key_file)?;
    let Some(certificate) = chain.first().cloned() else {
        return Err(PemFault::NoCertificate.at(cert_file));
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(|_| TlsError::Provider)?
        .with_no_client_auth()
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

/// A client that believes only this certificate.
///
/// # Errors
/// When the provider lacks TLS 1.2 and 1.3.
pub fn pinned_client(certificate: CertificateDer<'static>) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    pinned::client_config(certificate, provider).map_err(|_| TlsError::Provider)
}
