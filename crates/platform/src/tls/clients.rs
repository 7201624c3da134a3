//! Who may connect to a listener that asks for a certificate: operators to the admin listener, gateways to
//! the public one.
//!
//! A token is text that can be copied out of a log or a page; the key of a certificate stays where it was
//! made. So a stolen admin token alone opens nothing (ASVS 8.4.2), and nobody on the network of a gateway
//! gets past it. The check is part of the handshake: without such a certificate no byte of a request is read.
//!
//! Controls: AD-03, TL-08

use std::{path::PathBuf, sync::Arc};

use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, UnixTime},
    server::{
        WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};
use x509_parser::{
    extensions::{GeneralName, ParsedExtension},
    prelude::{FromDer, X509Certificate},
};

use super::{
    TlsError,
    error::PemFault,
    pem::{authorities, revocation_lists},
};

/// Longest name of a client in characters; a line of the journal holds it.
const MAX_NAME: usize = 255;

/// Whose certificates are accepted.
#[derive(Debug, Clone)]
pub struct Clients {
    /// PEM of the authority.
    pub ca_file: PathBuf,
    /// PEM of its list of revoked certificates.
    pub crl_file: Option<PathBuf>,
    /// The names that are let in; empty: every one that the authority certifies.
    pub names: Vec<String>,
    /// The certificate of `healthcheck`, which the service makes for itself.
    pub probe: Option<CertificateDer<'static>>,
}

impl Clients {
    /// Whether the files are of use.
    ///
    /// # Errors
    /// When a file cannot be read or trusted, or does not hold what it should.
    pub fn check(&self) -> Result<(), TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        self.verifier(provider).map(drop)
    }

    /// The check of a client's certificate.
    ///
    /// # Errors
    /// When a file cannot be read or trusted, or does not hold what it should.
    pub(super) fn verifier(
        &self,
        provider: Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
        let roots = authorities(&self.ca_file)?;
        let revoked = self.crl_file.as_deref().map(revocation_lists).transpose()?;
        let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            // The list is the authority's own, so it says nothing of the authority itself. A list that
            // is out of date hides who was revoked since.
            .with_crls(revoked.unwrap_or_default())
            .only_check_end_entity_revocation()
            .enforce_revocation_expiration();
        let file = self.crl_file.as_ref().unwrap_or(&self.ca_file);
        let authority = builder.build();
        Ok(Arc::new(Verifier {
            authority: authority.map_err(|_| PemFault::NoRevocationList.at(file))?,
            names: self.names.clone(),
            probe: self.probe.clone(),
        }))
    }
}

/// The name of whose certificate this is: the first address, DNS name or URI of its subject alternative
/// name, or else its common name.
#[must_use]
pub fn name_of(certificate: &CertificateDer<'_>) -> Option<String> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let alternatives = parsed.extensions().iter().find_map(|one| {
        let ParsedExtension::SubjectAlternativeName(names) = one.parsed_extension() else {
            return None;
        };
        names.general_names.iter().find_map(|name| match name {
            GeneralName::RFC822Name(text) | GeneralName::DNSName(text) | GeneralName::URI(text) => {
                Some(*text)
            }
            _ => None,
        })
    });
    let mut common = parsed.subject().iter_common_name();
    let name = alternatives.or_else(|| common.next()?.as_str().ok())?;
    let fits = !name.is_empty() && name.chars().count() <= MAX_NAME;
    (fits && !name.chars().any(char::is_control)).then(|| name.to_owned())
}

#[derive(Debug)]
struct Verifier {
    authority: Arc<dyn ClientCertVerifier>,
    names: Vec<String>,
    probe: Option<CertificateDer<'static>>,
}

impl ClientCertVerifier for Verifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.authority.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if self.probe.as_ref().is_some_and(|probe| probe == end_entity) {
            return Ok(ClientCertVerified::assertion());
        }
        self.authority
            .verify_client_cert(end_entity, intermediates, now)?;
        // A certificate without a name would leave lines in the journal that say nobody.
        let name = name_of(end_entity).ok_or(CertificateError::BadEncoding)?;
        if self.names.is_empty() || self.names.contains(&name) {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authority.verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authority.verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authority.supported_verify_schemes()
    }
}
