//! TLS as this service speaks it: rustls, 1.3 and 1.2, AEAD suites with forward secrecy only.
//!
//! What is weak is not switched off here, it is not there: rustls has no RC4, CBC, RSA key exchange,
//! renegotiation or compression (CONTROLS TL-02, TL-03, TL-05). `development.rs` makes certificates
//! for one's own machine.

pub mod development;
mod pinned;

use std::{io, path::Path, sync::Arc};

use rustls::{
    ClientConfig, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    version::{TLS12, TLS13},
};

/// Why TLS could not be set up. The messages name files, never their content.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{path}: {source}; is it a PEM file that this user may read?")]
    Unreadable {
        path: String,
        source: rustls::pki_types::pem::Error,
    },
    #[error("certificate and key do not work together: {0}")]
    Unusable(#[from] rustls::Error),
    #[error("{path}: {source}")]
    Io { path: String, source: io::Error },
    #[error("cannot make a development certificate: {0}")]
    Development(#[from] rcgen::Error),
}

impl TlsError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::Io { path, source }
    }
}

/// The listener's configuration from a certificate chain and its private key.
///
/// # Errors
/// When a file cannot be read, is not PEM, or the key is not the certificate's.
pub fn server_config(cert_file: &Path, key_file: &Path) -> Result<ServerConfig, TlsError> {
    let chain = CertificateDer::pem_file_iter(cert_file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable(cert_file))?;
    let key = PrivateKeyDer::from_pem_file(key_file).map_err(unreadable(key_file))?;

    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    // Only what is served, so that no other protocol's server can be mistaken for this one (ALPACA).
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // TLS 1.2 without extended master secret is open to the triple handshake (RFC 7627).
    config.require_ems = true;
    Ok(config)
}

/// A client that believes only the first certificate in `cert_file`.
///
/// # Errors
/// When the file cannot be read or is not PEM.
pub fn pinned_client(cert_file: &Path) -> Result<ClientConfig, TlsError> {
    let certificate = CertificateDer::from_pem_file(cert_file).map_err(unreadable(cert_file))?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    Ok(pinned::client_config(certificate, provider)?)
}

fn unreadable(path: &Path) -> impl Fn(rustls::pki_types::pem::Error) -> TlsError + use<> {
    let path = path.display().to_string();
    move |source| TlsError::Unreadable {
        path: path.clone(),
        source,
    }
}
