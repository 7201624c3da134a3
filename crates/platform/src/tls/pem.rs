//! Certificates and private keys from PEM files (RFC 7468), as people's tools leave them.
//!
//! `cat leaf.pem chain.pem` glues two lines together when the first file has no last line end: a parser
//! that goes by lines then sends the leaf alone, and only some clients fail. So markers are put on lines
//! of their own, and as many certificates as begin must be read. A parser's error text may carry the
//! line that it stopped at, which can be a whole private key: only the kind of fault is passed on.

use std::path::Path;

use rustls::{
    RootCertStore,
    pki_types::{
        CertificateDer, CertificateRevocationListDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
};
use secrecy::{ExposeSecret, zeroize::Zeroizing};

use super::error::{PemFault, TlsError};
use crate::files;

const BEGIN_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";
const ENCRYPTED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

/// All certificates of a file, at least one, in their order.
///
/// # Errors
/// When the file cannot be read or trusted, holds none, or is not whole.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = files::read_text(path)?;
    parse_certificates(&text).map_err(|fault| fault.at(path))
}

/// The authorities of a file, at least one.
///
/// # Errors
/// As [`certificates`], and when one is no X.509.
pub(super) fn authorities(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut authorities = RootCertStore::empty();
    for certificate in certificates(path)? {
        let added = authorities.add(certificate);
        added.map_err(|_| PemFault::NoAuthority.at(path))?;
    }
    Ok(authorities)
}

/// All lists of revoked certificates of a file, at least one.
///
/// # Errors
/// When the file cannot be read or trusted, holds none, or is not whole.
pub(super) fn revocation_lists(
    path: &Path,
) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
    let text = on_lines_of_their_own(&files::read_text(path)?);
    let read: Result<Vec<_>, _> =
        CertificateRevocationListDer::pem_slice_iter(text.as_bytes()).collect();
    match read {
        Ok(read) if read.is_empty() => Err(PemFault::NoRevocationList.at(path)),
        Ok(read) => Ok(read),
        Err(_) => Err(PemFault::Malformed.at(path)),
    }
}

/// The first private key of a secret file.
///
/// # Errors
/// When the file cannot be read or trusted, holds none that is in the clear, or is not whole.
pub(super) fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = files::read_secret_text(path)?;
    parse_key(text.expose_secret()).map_err(|fault| fault.at(path))
}

/// Whether the file holds a private key, for a reader who has no use for the key.
///
/// # Errors
/// When the file cannot be read or trusted, holds no key that is in the clear, or is not whole.
pub fn check_key(path: &Path) -> Result<(), TlsError> {
    private_key(path).map(drop)
}

fn parse_certificates(text: &str) -> Result<Vec<CertificateDer<'static>>, PemFault> {
    let text = on_lines_of_their_own(text);
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    match read {
        Ok(read) if read.is_empty() => Err(PemFault::NoCertificate),
        Ok(read) if read.len() == text.matches(BEGIN_CERTIFICATE).count() => Ok(read),
        _ => Err(PemFault::Malformed),
    }
}

fn parse_key(text: &str) -> Result<PrivateKeyDer<'static>, PemFault> {
    let text = Zeroizing::new(on_lines_of_their_own(text));
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|error| match error {
        pem::Error::NoItemsFound if text.contains(ENCRYPTED) => PemFault::Encrypted,
        pem::Error::NoItemsFound => PemFault::NoKey,
        _ => PemFault::Malformed,
    })
}

/// A line end before each marker; an empty line in PEM is nothing.
fn on_lines_of_their_own(text: &str) -> String {
    let begun = Zeroizing::new(text.replace("-----BEGIN ", "\n-----BEGIN "));
    begun.replace("-----END ", "\n-----END ")
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn certificate() -> String {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.self_signed(&key).unwrap().pem()
    }

    #[test]
    fn certificates_that_are_glued_without_a_line_end_are_all_read() {
        let (leaf, authority) = (certificate(), certificate());
        let apart = parse_certificates(&format!("{leaf}{authority}")).unwrap();
        let glued = format!("{}{authority}", leaf.trim_end());
        assert!(glued.contains("----------"));
        assert_eq!(parse_certificates(&glued).unwrap(), apart);
        assert_eq!(apart.len(), 2);
        let windows = format!("{leaf}{authority}").replace('\n', "\r\n");
        assert_eq!(parse_certificates(&windows).unwrap(), apart);
    }

    #[test]
    fn a_chain_that_is_not_whole_is_refused_and_not_shortened() {
        let chain = format!("{}{}", certificate(), certificate());
        let cut = chain.rsplit_once("-----END").unwrap().0;
        let without_begin = chain.replacen("-----END CERTIFICATE-----", "", 1);
        for text in [cut, without_begin.as_str(), &chain.replace('\n', " ")] {
            assert_eq!(parse_certificates(text), Err(PemFault::Malformed));
        }
        for text in [
            "",
            "certificate",
            &KeyPair::generate().unwrap().serialize_pem(),
        ] {
            assert_eq!(parse_certificates(text), Err(PemFault::NoCertificate));
        }
    }

    #[test]
    fn a_key_that_cannot_be_used_is_said_by_its_kind_of_fault() {
        let pem = KeyPair::generate().unwrap().serialize_pem();
        let fault = |text: &str| parse_key(text).unwrap_err();
        assert!(parse_key(&pem).is_ok());
        assert_eq!(fault(&pem.replace('\n', " ")), PemFault::Malformed);
        assert_eq!(
            fault(pem.split("-----END").next().unwrap()),
            PemFault::Malformed
        );
        assert_eq!(
            fault(&pem.replace("PRIVATE", "ENCRYPTED PRIVATE")),
            PemFault::Encrypted
        );
        assert_eq!(fault(&certificate()), PemFault::NoKey);
    }

    #[test]
    fn a_certificate_that_is_not_x509_is_no_authority() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("ca.pem");
        files::write_private(&file, certificate().as_bytes()).unwrap();
        assert_eq!(authorities(&file).unwrap().len(), 1);
        let other = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        files::write_private(&file, other.as_bytes()).unwrap();
        let TlsError::Pem { fault, .. } = authorities(&file).unwrap_err() else {
            panic!();
        };
        assert_eq!(fault, PemFault::NoAuthority);
    }
}
