//! The certificate that `healthcheck` shows to the admin listener of its own service.
//!
//! An orchestrator asks every few seconds whether the service is ready, and has no operator's certificate.
//! So each start makes a key for that question alone and keeps it where only the service's own user can
//! read it: in the directory that holds the database and the signing key too.

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::pki_types::CertificateDer;
use secrecy::{SecretString, zeroize::Zeroizing};
use time::{Duration, OffsetDateTime};

use super::TlsError;

/// The name on the certificate, and in the journal.
const NAME: &str = "healthcheck";
/// The listener compares the certificate's bytes and not its dates.
const LIFETIME: Duration = Duration::days(3650);

/// A certificate with its key.
pub struct Probe {
    pub certificate: CertificateDer<'static>,
    /// Certificate and private key in PEM.
    pub pem: SecretString,
}

impl Probe {
    /// A new one.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn make(now: OffsetDateTime) -> Result<Self, TlsError> {
        let key = KeyPair::generate().map_err(not_made)?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, NAME);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.not_before = now - Duration::hours(1);
        params.not_after = now + LIFETIME;
        let made = params.self_signed(&key).map_err(not_made)?;
        Ok(Self {
            certificate: made.der().clone(),
            pem: (made.pem() + &Zeroizing::new(key.serialize_pem())).into(),
        })
    }
}

/// The library's words may hold the key.
fn not_made(_: rcgen::Error) -> TlsError {
    TlsError::ProbeNotMade
}
