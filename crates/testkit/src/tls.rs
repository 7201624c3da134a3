//! How a test speaks TLS: whom its client trusts and what it shows, and what a server of its own shows.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, ConfigBuilder, RootCertStore, ServerConfig,
    client::WantsClientCert,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    time_provider::TimeProvider,
};

/// A client that trusts this authority.
pub fn trusting(ca: &Path, clock: Arc<dyn TimeProvider>) -> Arc<ClientConfig> {
    Arc::new(builder(ca, clock).with_no_client_auth())
}

/// The same with a certificate of its own: PEM files of the chain and its key.
pub fn showing(
    ca: &Path,
    certificate: &Path,
    key: &Path,
    clock: Arc<dyn TimeProvider>,
) -> Arc<ClientConfig> {
    let chain = CertificateDer::pem_file_iter(certificate).unwrap();
    let chain = chain.collect::<Result<_, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    let config = builder(ca, clock).with_client_auth_cert(chain, key);
    Arc::new(config.unwrap())
}

/// A server with this certificate and key: somebody else's, in a test.
pub fn server_config(certificate: &Path, key: &Path) -> Arc<ServerConfig> {
    let chain = CertificateDer::pem_file_iter(certificate).unwrap();
    let chain = chain.collect::<Result<_, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    let config = builder.with_no_client_auth().with_single_cert(chain, key);
    Arc::new(config.unwrap())
}

fn builder(
    ca: &Path,
    clock: Arc<dyn TimeProvider>,
) -> ConfigBuilder<ClientConfig, WantsClientCert> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(ca).unwrap())
        .unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    ClientConfig::builder_with_details(provider, clock)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
}
