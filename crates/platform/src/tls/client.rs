//! TLS to a server that this service calls by a configured name: its certificate and its name are always checked.
//!
//! There is no switch that leaves the check out. Somebody between the two could read and answer everything.
//!
//! Controls: TL-02

use std::path::Path;

use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;

use super::{Policy, TlsError, pem};

/// A client that believes the authorities of this file, or those of the system.
///
/// # Errors
/// When the file cannot be read or trusted, or holds no authority; when the system has none.
pub fn client(ca_file: Option<&Path>) -> Result<ClientConfig, TlsError> {
    let policy = Policy::of_client();
    let builder = ClientConfig::builder_with_provider(policy.provider())
        .with_protocol_versions(policy.versions)
        .map_err(|_| TlsError::Provider)?;
    let builder = match ca_file {
        None => builder
            .with_platform_verifier()
            .map_err(|_| TlsError::Provider)?,
        Some(file) => {
            let mut authorities = RootCertStore::empty();
            for certificate in pem::certificates(file)? {
                let added = authorities.add(certificate);
                added.map_err(|_| super::PemFault::Malformed.at(file))?;
            }
            builder.with_root_certificates(authorities)
        }
    };
    let mut config = builder.with_no_client_auth();
    // TLS 1.2 without extended master secret is open to the triple handshake (RFC 7627).
    config.require_ems = true;
    Ok(config)
}
