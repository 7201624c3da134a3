//! Quotas that all replicas share, counted in Valkey or Redis (docs/adr/0021).
//!
//! Without it a caller has one quota at each replica: with n replicas, n times what is stated. A request asks the
//! server once, waits for a bounded time, and never for a server that is away: then the quotas of this replica
//! decide, or nobody does, as configured. Nothing here speaks HTTP: `auth` says what is charged.
//!
//! Controls: RL-02, RL-05

mod bucket;
mod connection;
mod keeper;
mod keys;
mod link;
mod outage;
mod script;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::sync::mpsc;

use crate::{
    audit::Journal,
    config::{self, WhenAway},
    tls::TlsError,
};
pub use bucket::{Bucket, Charged, Order, Subject};
use connection::Server;
use keeper::Keeper;
use keys::Keys;
pub use keys::SecretError;
use link::Link;
pub use outage::Away;
use outage::Fault;
use script::Gcra;

/// Why shared quotas cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum QuotaStoreError {
    #[error("rate_limit.shared.secret_file: {0}")]
    Secret(#[from] SecretError),
    #[error("rate_limit.shared.ca_file: {0}")]
    Tls(#[from] TlsError),
    #[error("the thread of the shared quotas: {0}")]
    Thread(std::io::Error),
}

/// The quotas of all replicas.
pub struct QuotaStore {
    script: Arc<Gcra>,
    timeout: Duration,
    pub when_away: WhenAway,
    link: Arc<Link>,
    /// Tells the keeper that the connection is of no use. Dropped, it ends the keeper.
    lost: mpsc::UnboundedSender<(u64, Fault)>,
    by_server: AtomicU64,
    by_replica: AtomicU64,
}

/// What operators watch.
#[derive(Debug, Clone, Copy)]
pub struct QuotaStoreMetrics {
    /// Charges that the server decided, and that were left to this replica.
    pub by_server: u64,
    pub by_replica: u64,
    pub is_connected: bool,
}

impl QuotaStore {
    /// The store of the settings, if there is one. It waits for the first attempt to reach the server, and starts
    /// without it when that fails.
    ///
    /// # Errors
    /// When the secret or the authority cannot be read.
    pub async fn open(
        settings: &config::SharedQuotas,
        journal: Journal,
    ) -> Result<Option<Arc<Self>>, QuotaStoreError> {
        let Some((place, secret_file)) = settings.server() else {
            return Ok(None);
        };
        let keys = Keys::read(secret_file)?;
        let server = Server::new(place, settings.ca_file())?;
        let (lost, losses) = mpsc::unbounded_channel();
        let (script, link) = (Arc::new(Gcra::new(keys)), Arc::<Link>::default());
        let keeper = Keeper {
            server,
            script: script.clone(),
            link: link.clone(),
            losses,
            journal,
        };
        keeper.start().await.map_err(QuotaStoreError::Thread)?;
        Ok(Some(Arc::new(Self {
            script,
            timeout: settings.timeout,
            when_away: settings.when_away,
            link,
            lost,
            by_server: AtomicU64::new(0),
            by_replica: AtomicU64::new(0),
        })))
    }

    /// Whether this file has a secret.
    ///
    /// # Errors
    /// When others may read it, or it is too short.
    pub fn check_secret(file: &Path) -> Result<(), SecretError> {
        Keys::read(file).map(drop)
    }

    /// Charges these quotas in one round trip.
    ///
    /// # Errors
    /// When the server does not answer in time, or was not asked because it is away: nothing is known to be taken.
    pub async fn charge(&self, buckets: &[Bucket], order: Order) -> Result<Vec<Charged>, Away> {
        let charged = self.ask(buckets, order).await;
        let counter = if charged.is_ok() {
            &self.by_server
        } else {
            &self.by_replica
        };
        counter.fetch_add(1, Relaxed);
        charged
    }

    async fn ask(&self, buckets: &[Bucket], order: Order) -> Result<Vec<Charged>, Away> {
        let (number, mut connection) = self.link.current().ok_or(Away)?;
        let asked = self.script.charge(&mut connection, buckets, order);
        let fault = match tokio::time::timeout(self.timeout, asked).await {
            Ok(Ok(charged)) => return Ok(charged),
            Ok(Err(fault)) => fault,
            Err(_) => Fault::Late,
        };
        // Requests that come now do not wait, too. Of those that wait already, one tells.
        if self.link.take_out(number) {
            self.lost.send((number, fault)).ok();
        }
        Err(Away)
    }

    #[must_use]
    pub fn metrics(&self) -> QuotaStoreMetrics {
        QuotaStoreMetrics {
            by_server: self.by_server.load(Relaxed),
            by_replica: self.by_replica.load(Relaxed),
            is_connected: self.link.current().is_some(),
        }
    }
}
