//! What a certificate chain of our own must be before a listener shows it.
//!
//! A chain in the wrong order, without the intermediate certificate, or for another name works with some
//! clients and fails with others, and the expiry is noticed by callers first. So the chain is judged at the
//! start, and again when its files change.
//!
//! Controls: TL-07

use rustls::{
    RootCertStore,
    client::{verify_server_cert_signed_by_trust_anchor, verify_server_name},
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use time::OffsetDateTime;
use x509_parser::{
    extensions::GeneralName,
    oid_registry::{OID_EC_P256, OID_NIST_EC_P384, OID_SIG_ED25519},
    prelude::{FromDer, X509Certificate},
    public_key::PublicKey,
    x509::SubjectPublicKeyInfo,
};

/// Shortest RSA keys, in bits: of the service, 128 bits of strength; of an authority, what public ones have.
const RSA_BITS: usize = 3072;
const RSA_BITS_OF_AUTHORITY: usize = 2048;

/// What is wrong with a chain. The first certificate is number 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    #[error("certificate {0} is not X.509")]
    Malformed(usize),
    #[error("certificate {0} expired on {1}: renew it")]
    Expired(usize, time::Date),
    #[error("certificate {0} is not valid before {1}: is the clock right?")]
    NotYetValid(usize, time::Date),
    #[error(
        "certificate {0} is not by the next one: begin with the server's own, then each one's issuer"
    )]
    Order(usize),
    #[error(
        "a signature in the chain does not hold, is by SHA-1 or MD5, or the certificate is not for a server"
    )]
    Signature,
    #[error(
        "the key of certificate {0} is weak: P-256, P-384, Ed25519 or RSA of 3072 bits (an authority: 2048)"
    )]
    WeakKey(usize),
    #[error("is not for {0}: its subject alternative name must have it")]
    Name(String),
}

/// What is asked of a chain: of each of these lists, one host must be in the certificate.
pub(super) fn judge(
    chain: &[CertificateDer<'static>],
    hosts: &[Vec<String>],
    now: OffsetDateTime,
) -> Result<(), ChainFault> {
    let mut parsed = Vec::new();
    for (index, der) in chain.iter().enumerate() {
        let number = index + 1;
        let (_, certificate) =
            X509Certificate::from_der(der).map_err(|_| ChainFault::Malformed(number))?;
        in_force(number, &certificate, now)?;
        let bits = if index == 0 {
            RSA_BITS
        } else {
            RSA_BITS_OF_AUTHORITY
        };
        if !is_strong(certificate.public_key(), bits) {
            return Err(ChainFault::WeakKey(number));
        }
        parsed.push(certificate);
    }
    for (index, (one, next)) in parsed.iter().zip(parsed.iter().skip(1)).enumerate() {
        if one.issuer() != next.subject() {
            return Err(ChainFault::Order(index + 1));
        }
    }
    let Some((own, above)) = chain.split_first() else {
        return Err(ChainFault::Malformed(1));
    };
    let own = ParsedCertificate::try_from(own).map_err(|_| ChainFault::Malformed(1))?;
    if let Some((last, between)) = above.split_last() {
        signatures(&own, between, last, now)?;
    }
    for alternatives in hosts {
        let named = |host: &String| is_for(&own, host);
        if let (Some(first), false) = (alternatives.first(), alternatives.iter().any(named)) {
            return Err(ChainFault::Name(first.clone()));
        }
    }
    Ok(())
}

fn in_force(
    number: usize,
    certificate: &X509Certificate<'_>,
    now: OffsetDateTime,
) -> Result<(), ChainFault> {
    let validity = certificate.validity();
    let date = |at: i64| OffsetDateTime::from_unix_timestamp(at).map(OffsetDateTime::date);
    let date = |at| date(at).map_err(|_| ChainFault::Malformed(number));
    let (from, to) = (
        validity.not_before.timestamp(),
        validity.not_after.timestamp(),
    );
    match now.unix_timestamp() {
        now if now < from => Err(ChainFault::NotYetValid(number, date(from)?)),
        now if now > to => Err(ChainFault::Expired(number, date(to)?)),
        _ => Ok(()),
    }
}

fn is_strong(key: &SubjectPublicKeyInfo<'_>, rsa_bits: usize) -> bool {
    let curve = || key.algorithm.parameters.as_ref()?.as_oid().ok();
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => rsa.key_size() >= rsa_bits,
        Ok(PublicKey::EC(_)) => {
            curve().is_some_and(|on| on == OID_EC_P256 || on == OID_NIST_EC_P384)
        }
        _ => key.algorithm.algorithm == OID_SIG_ED25519,
    }
}

/// The last certificate of the chain is the anchor: whether clients know it, nobody can say here.
fn signatures(
    own: &ParsedCertificate<'_>,
    between: &[CertificateDer<'_>],
    last: &CertificateDer<'static>,
    now: OffsetDateTime,
) -> Result<(), ChainFault> {
    let mut roots = RootCertStore::empty();
    let added = roots.add(last.clone());
    added.map_err(|_| ChainFault::Signature)?;
    let seconds = now.unix_timestamp().try_into().unwrap_or_default();
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
    let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms;
    verify_server_cert_signed_by_trust_anchor(own, &roots, between, now, algorithms.all)
        .map_err(|_| ChainFault::Signature)
}

fn is_for(own: &ParsedCertificate<'_>, host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    ServerName::try_from(host).is_ok_and(|name| verify_server_name(own, &name).is_ok())
}

/// The names of a certificate that have no wildcard, and when it expires, in seconds of the Unix epoch.
pub(super) fn names_and_expiry(
    certificate: &CertificateDer<'_>,
) -> Result<(Vec<String>, i64), ChainFault> {
    let (_, parsed) =
        X509Certificate::from_der(certificate).map_err(|_| ChainFault::Malformed(1))?;
    let alternatives = parsed.subject_alternative_name();
    let alternatives = alternatives.map_err(|_| ChainFault::Malformed(1))?;
    let names = alternatives
        .iter()
        .flat_map(|extension| &extension.value.general_names);
    let exact = names.filter_map(|name| match name {
        GeneralName::DNSName(name) if !name.contains('*') => Some((*name).to_owned()),
        _ => None,
    });
    Ok((exact.collect(), parsed.validity().not_after.timestamp()))
}

#[cfg(test)]
mod tests;
