//! A certificate authority for one's own machine, so that development is HTTPS too.
//!
//! Teams that develop over plain HTTP ship code that works over plain HTTP. The authority and the
//! server's certificate are made once; the certificate lasts less than 90 days and is made again
//! when it has run out, so nobody has to trust a new authority for that.

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use secrecy::ExposeSecret;
use time::{Duration, OffsetDateTime};
use x509_parser::pem::parse_x509_pem;

use super::TlsError;
use crate::files::{self, Directory, FileError};

const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
const AUTHORITY_LIFETIME: Duration = Duration::days(825);
const CERTIFICATE_LIFETIME: Duration = Duration::days(80);
/// A certificate with less left than this is made again.
const RENEW_BEFORE: Duration = Duration::days(30);

/// Where the development certificates are.
#[derive(Debug, Clone)]
pub struct Files {
    /// The authority's certificate: what a client is told to trust.
    pub ca: PathBuf,
    pub cert: PathBuf,
    pub key: PathBuf,
}

impl Files {
    /// The names that they have in this directory.
    #[must_use]
    pub fn of(directory: &Path) -> Self {
        Self {
            ca: directory.join("ca.pem"),
            cert: directory.join("server.pem"),
            key: directory.join("server.key"),
        }
    }
}

/// Makes what is missing or has run out in `directory`. The certificates name the service.
///
/// # Errors
/// When the directory cannot be written.
pub fn certificates(
    directory: &Path,
    service: &str,
    now: OffsetDateTime,
) -> Result<Files, TlsError> {
    Directory::make(directory)?.closed_to_writers()?;
    let made = Files::of(directory);
    let ca_key = directory.join("ca.key");

    let fresh_authority = !(ca_key.exists() && is_valid(&made.ca, now));
    if fresh_authority {
        let key = KeyPair::generate().map_err(not_made)?;
        write(&ca_key, &key.serialize_pem())?;
        let authority = authority_params(service, now)
            .self_signed(&key)
            .map_err(not_made)?;
        write(&made.ca, &authority.pem())?;
    }
    if fresh_authority || !(made.key.exists() && is_valid(&made.cert, now)) {
        let authority_key = files::read_secret_text(&ca_key)?;
        let authority_key = KeyPair::from_pem(authority_key.expose_secret()).map_err(not_made)?;
        let authority = files::read_text(&made.ca)?;
        let authority = Issuer::from_ca_cert_pem(&authority, authority_key).map_err(not_made)?;
        let key = KeyPair::generate().map_err(not_made)?;
        let certificate = server_params(service, now)
            .and_then(|params| params.signed_by(&key, &authority))
            .map_err(not_made)?;
        write(&made.key, &key.serialize_pem())?;
        write(&made.cert, &certificate.pem())?;
    }
    Ok(made)
}

/// The library's words may hold the key.
fn not_made(_: rcgen::Error) -> TlsError {
    TlsError::Development
}

fn write(path: &Path, content: &str) -> Result<(), FileError> {
    files::write_private(path, content.as_bytes())
}

fn is_valid(certificate: &Path, now: OffsetDateTime) -> bool {
    let Ok(pem) = files::read(certificate) else {
        return false;
    };
    let Ok((_, pem)) = parse_x509_pem(&pem) else {
        return false;
    };
    pem.parse_x509().is_ok_and(|parsed| {
        let validity = parsed.validity();
        validity.not_before.timestamp() <= now.unix_timestamp()
            && validity.not_after.timestamp() > (now + RENEW_BEFORE).unix_timestamp()
    })
}

fn authority_params(service: &str, now: OffsetDateTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, format!("{service} development CA"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = now - Duration::hours(1);
    params.not_after = now + AUTHORITY_LIFETIME;
    params
}

fn server_params(service: &str, now: OffsetDateTime) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(NAMES.map(str::to_owned))?;
    params
        .distinguished_name
        .push(DnType::CommonName, format!("{service} development server"));
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.not_before = now - Duration::hours(1);
    params.not_after = now + CERTIFICATE_LIFETIME;
    Ok(params)
}
