//! A client that believes exactly the certificates that this service is known to serve with.
//!
//! The health check asks its own machine, where no authority vouches for "localhost". Accepting any
//! certificate would be the usual way out, and would be copied; a pin is stricter than an authority.

use std::sync::Arc;

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
};
use secrecy::{ExposeSecret, SecretString};

use super::{Policy, TlsError};

/// A client that believes only these certificates, and shows the one that this PEM holds with its key.
///
/// # Errors
/// When the provider lacks TLS 1.2 and 1.3, or the PEM is not whole.
pub fn pinned_client(
    certificates: Vec<CertificateDer<'static>>,
    own: Option<&SecretString>,
) -> Result<ClientConfig, TlsError> {
    let policy = Policy::of_client();
    let provider = policy.provider();
    let pin = Pin {
        certificates,
        provider: provider.clone(),
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(policy.versions)
        .map_err(|_| TlsError::Provider)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(pin));
    let Some(pem) = own else {
        return Ok(builder.with_no_client_auth());
    };
    let pem = pem.expose_secret().as_bytes();
    let certificate = CertificateDer::from_pem_slice(pem);
    let key = PrivateKeyDer::from_pem_slice(pem);
    let (Ok(certificate), Ok(key)) = (certificate, key) else {
        return Err(TlsError::ProbeUnfit);
    };
    builder
        .with_client_auth_cert(vec![certificate], key)
        .map_err(|_| TlsError::ProbeUnfit)
}

#[derive(Debug)]
struct Pin {
    certificates: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pin {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.certificates.contains(end_entity) {
            Ok(ServerCertVerified::assertion())
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
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pem_that_is_cut_off_is_said_to_be_that_of_the_health_check() {
        let refused = pinned_client(Vec::new(), Some(&"-----BEGIN".into())).unwrap_err();
        assert!(matches!(refused, TlsError::ProbeUnfit), "{refused}");
        assert!(pinned_client(Vec::new(), None).is_ok());
    }
}
