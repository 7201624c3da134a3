//! TLS to a server that this service calls by a configured name: its certificate and its name are always checked.
//!
//! There is no switch that leaves the check out. Somebody between the two could read and answer everything.
//!
//! Controls: TL-02

use std::path::Path;

use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt as _;

use super::{PairFault, Policy, TlsError, pem};

/// A client that believes the authorities of this file, or those of the system.
///
/// # Errors
/// When the file cannot be read or trusted, or holds no authority; when the system has none.
pub fn client(ca_file: Option<&Path>) -> Result<ClientConfig, TlsError> {
    client_showing(ca_file, None)
}

/// The same with a certificate of its own, for a server that asks for one: the files of the chain and of its key.
///
/// # Errors
/// As [`client`], and when the pair cannot be read or trusted, or does not fit together.
pub fn client_showing(
    ca_file: Option<&Path>,
    pair: Option<(&Path, &Path)>,
) -> Result<ClientConfig, TlsError> {
    let policy = Policy::of_client();
    let builder = ClientConfig::builder_with_provider(policy.provider())
        .with_protocol_versions(policy.versions)
        .map_err(|_| TlsError::Provider)?;
    let builder = match ca_file {
        None => builder
            .with_platform_verifier()
            .map_err(|_| TlsError::Provider)?,
        Some(file) => {
            let authorities = pem::authorities(file)?;
            builder.with_root_certificates(authorities)
        }
    };
    let mut config = match pair {
        None => builder.with_no_client_auth(),
        Some((cert, key)) => builder
            .with_client_auth_cert(pem::certificates(cert)?, pem::private_key(key)?)
            .map_err(|error| TlsError::Pair {
                cert: cert.display().to_string(),
                key: key.display().to_string(),
                fault: PairFault::of(&error),
            })?,
    };
    // TLS 1.2 without extended master secret is open to the triple handshake (RFC 7627).
    config.require_ems = true;
    Ok(config)
}
