//! From the files of a listener to what it speaks TLS with.
//!
//! The same steps are taken at the start and for each reload, so a set that would not have started a service
//! is not taken up by a running one.
//!
//! Controls: TL-05, TL-07

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use aws_lc_rs::digest::{Context, SHA256};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, UnixTime},
    server::{NoServerSessionStorage, WebPkiClientVerifier, danger::ClientCertVerifier},
    time_provider::TimeProvider,
};

use super::{
    Clients, Names, PairFault, PemFault, Policy, TlsError,
    chain::{judge, names_and_expiry},
    pem,
};
use secrecy::{ExposeSecret, SecretSlice};

use crate::{
    clock::Clock,
    config::{TlsProfile, WithoutSni},
    files,
};

/// SHA-256.
pub(super) type Digest = Vec<u8>;

/// Where a listener's certificate, key and clients come from.
#[derive(Clone)]
pub struct Source {
    pub policy: &'static Policy,
    pub cert_file: PathBuf,
    pub key_file: PathBuf,
    /// Whose certificates are asked for, where anybody's are.
    pub clients: Option<Clients>,
    /// The names that the listener is called by.
    pub hosts: Vec<String>,
    /// Of each of these lists, one host must be in the certificate.
    pub certified: Vec<Vec<String>>,
    pub without_sni: WithoutSni,
    pub clock: Arc<dyn Clock>,
}

/// What a listener speaks TLS with.
pub struct Server {
    pub config: Arc<ServerConfig>,
    /// The certificate of the service itself, the first of its chain.
    pub certificate: CertificateDer<'static>,
    pub names: Names,
    /// When the certificate expires, in seconds of the Unix epoch.
    pub expires: i64,
}

impl Source {
    /// A certificate and its key, with nothing asked of names and clients.
    #[must_use]
    pub fn new(
        profile: TlsProfile,
        (cert_file, key_file): (&Path, &Path),
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            policy: Policy::of(profile),
            cert_file: cert_file.to_owned(),
            key_file: key_file.to_owned(),
            clients: None,
            hosts: Vec::new(),
            certified: Vec::new(),
            without_sni: WithoutSni::Accept,
            clock,
        }
    }

    /// Reads and judges the files.
    ///
    /// # Errors
    /// When a file cannot be read or trusted, is not PEM, the key is not the certificate's, or the chain is
    /// of no use to a client.
    pub fn load(&self) -> Result<Server, TlsError> {
        let chain = pem::certificates(&self.cert_file)?;
        let key = pem::private_key(&self.key_file)?;
        let Some(certificate) = chain.first().cloned() else {
            return Err(PemFault::NoCertificate.at(&self.cert_file));
        };
        let provider = self.policy.provider();
        let clients: Arc<dyn ClientCertVerifier> = match &self.clients {
            Some(clients) => clients.verifier(provider.clone())?,
            None => WebPkiClientVerifier::no_client_auth(),
        };
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(self.policy.versions)
            .map_err(|_| TlsError::Provider)?
            .with_client_cert_verifier(clients)
            .with_single_cert(chain.clone(), key)
            .map_err(|error| TlsError::Pair {
                cert: self.cert_file.display().to_string(),
                key: self.key_file.display().to_string(),
                fault: PairFault::of(&error),
            })?;
        let at = |fault| TlsError::Chain {
            path: self.cert_file.display().to_string(),
            fault,
        };
        judge(&chain, &self.certified, self.clock.now()).map_err(at)?;
        let (certified, expires) = names_and_expiry(&certificate).map_err(at)?;
        // Only what is served, so that no other protocol's server can be mistaken for this one (ALPACA).
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // The order of suites is ours: that of strength.
        config.ignore_client_order = true;
        // TLS 1.2 without extended master secret is open to the triple handshake (RFC 7627).
        config.require_ems = true;
        // A request of 0-RTT can be sent again by anybody who recorded it (RFC 8470).
        config.max_early_data_size = 0;
        // Certificates of clients expire by the clock that is never set back.
        config.time_provider = Arc::new(ByClock(self.clock.clone()));
        if self.clients.is_some() {
            // A resumed session is not asked for its certificate again, which may be revoked by now.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Ok(Server {
            config: Arc::new(config),
            certificate,
            names: Names::new(&self.hosts, certified, self.without_sni),
            expires,
        })
    }

    /// The SHA-256 of all files, or of why one cannot be read: two that are equal are the same set.
    pub(super) fn digest(&self) -> Digest {
        let clients = self.clients.iter();
        let public =
            clients.flat_map(|clients| [Some(&clients.ca_file), clients.crl_file.as_ref()]);
        let public = public.flatten().chain([&self.cert_file]);
        let files = public
            .map(|path| files::read(path).map(SecretSlice::from))
            .chain([files::read_secret(&self.key_file)]);
        let mut all = Context::new(&SHA256);
        for content in files {
            let content = content.unwrap_or_else(|error| error.to_string().into_bytes().into());
            let content = content.expose_secret();
            all.update(&content.len().to_le_bytes());
            all.update(content);
        }
        all.finish().as_ref().to_vec()
    }
}

/// The time by which a listener reads certificates.
struct ByClock(Arc<dyn Clock>);

impl fmt::Debug for ByClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByClock")
    }
}

impl TimeProvider for ByClock {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = self.0.now().unix_timestamp().try_into().ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}
