//! Why TLS could not be set up: which file, and what is wrong with it.
//!
//! A library's words may hold what it read, which can be a private key. So every fault is one of a closed
//! list, and only its kind is passed on.

use std::path::Path;

use rustls::InconsistentKeys;

use super::ChainFault;
use crate::files::FileError;

/// Why TLS could not be set up. The messages name files and what is wrong with them, in words of ours:
/// a library's words may hold what it read.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{path}: {fault}")]
    Pem { path: String, fault: PemFault },
    #[error("{cert} and {key}: {fault}")]
    Pair {
        cert: String,
        key: String,
        fault: PairFault,
    },
    #[error("{path}: {fault}")]
    Chain { path: String, fault: ChainFault },
    #[error("the cryptographic provider lacks TLS 1.2 or 1.3")]
    Provider,
    #[error(
        "cannot make a development certificate: remove dev/ in the data directory to begin anew"
    )]
    Development,
    #[error("cannot make a certificate for the command healthcheck")]
    ProbeNotMade,
    #[error(
        "healthcheck.pem in the data directory holds no certificate with its key: each start of the service makes it"
    )]
    ProbeUnfit,
}

/// Why a certificate and a key that were read are of no use.
#[derive(Debug, thiserror::Error)]
pub enum PairFault {
    #[error(
        "the private key is not this certificate's; does the chain begin with the server's own?"
    )]
    Mismatch,
    #[error("the certificate is not X.509")]
    Certificate,
    #[error("the private key is of no kind that is spoken: RSA, ECDSA P-256 or P-384, Ed25519")]
    Key,
}

/// What is wrong with a PEM file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PemFault {
    #[error("holds no certificate in PEM (BEGIN CERTIFICATE)")]
    NoCertificate,
    #[error("holds no private key in PEM (BEGIN PRIVATE KEY)")]
    NoKey,
    #[error("holds a private key under a passphrase: decrypt it (openssl pkey), mode 0600")]
    Encrypted,
    #[error("holds a certificate that is not X.509, so it is no authority's")]
    NoAuthority,
    #[error(
        "holds no list of revoked certificates (BEGIN X509 CRL), or one that nothing here has signed"
    )]
    NoRevocationList,
    #[error("is not whole PEM: are line ends lost, or is it cut off?")]
    Malformed,
}

impl PemFault {
    pub(super) fn at(self, path: &Path) -> TlsError {
        TlsError::Pem {
            path: path.display().to_string(),
            fault: self,
        }
    }
}

impl PairFault {
    pub(super) fn of(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => Self::Mismatch,
            rustls::Error::InvalidCertificate(_) => Self::Certificate,
            _ => Self::Key,
        }
    }
}
