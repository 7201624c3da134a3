//! Who may be connected, and which connection ends when there is no room for another.
//!
//! A silent connection costs a file descriptor and a TLS session. A cap that refuses the newcomer
//! lets sixteen silent addresses shut everybody out, so a full group makes room instead: the
//! handshakes of a network that has many go first, then the connection that has been longest
//! without a request. A connection whose request is being answered stays until the answer waits for
//! its client to take it. When nothing else is left, the newcomer is hung up on. `groups` says what is
//! counted, `table` chooses, `activity` is what a connection and the table tell each other.
//!
//! Controls: LI-05

mod activity;
mod groups;
mod stopping;
mod table;

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use activity::Activity;
pub use groups::Bounds;
use stopping::Stopping;
use table::{Full, Id, Table};

use ipnet::IpNet;

use crate::audit::{Entry, Event, Reason};
use crate::http::{
    audit_trail::aggregator::EventAggregator,
    context::client_address::{TrustedProxies, bucket},
    rate_limit::Limiter,
};

/// The connections of a listener, and how fast an address makes new ones: each costs a handshake,
/// twelve times the work of a request.
pub struct Connections {
    bounds: Bounds,
    /// Where connections come from; `None`: from everywhere.
    networks: Option<Vec<IpNet>>,
    proxies: TrustedProxies,
    handshakes: Arc<Limiter<IpAddr>>,
    aggregator: Arc<EventAggregator>,
    refused_handshakes: AtomicU64,
    turns: Arc<AtomicU64>,
    stopping: Stopping,
    table: Mutex<Table>,
}

/// The right to be connected; given back when it is dropped.
pub struct ConnectionPermit(Connection);

/// A connection, as it tells about its requests.
#[derive(Clone)]
pub struct Connection {
    connections: Arc<Connections>,
    id: Id,
    activity: Arc<Activity>,
}

impl Connections {
    /// Of a listener that only these networks may connect to; none: everybody.
    #[must_use]
    pub fn new(
        networks: Option<Vec<IpNet>>,
        bounds: Bounds,
        proxies: TrustedProxies,
        handshakes: Arc<Limiter<IpAddr>>,
        aggregator: Arc<EventAggregator>,
    ) -> Arc<Self> {
        Arc::new(Self {
            bounds,
            networks,
            proxies,
            handshakes,
            aggregator,
            refused_handshakes: AtomicU64::default(),
            turns: Arc::default(),
            stopping: Stopping::default(),
            table: Mutex::default(),
        })
    }

    /// A permit for a new connection from `peer`, which begins with its handshake; none when it must
    /// be hung up on. A trusted proxy brings everybody's connections, so its own address and network
    /// have no bound.
    #[must_use]
    pub fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<ConnectionPermit> {
        let near = |networks: &Vec<IpNet>| {
            let peer = peer.to_canonical();
            networks.iter().any(|network| network.contains(&peer))
        };
        if !self.networks.as_ref().is_none_or(near) {
            self.refused(peer, Reason::Network);
            return None;
        }
        let trusted = self.proxies.trusts(peer);
        if !trusted {
            let address = bucket(peer);
            let charged = self.handshakes.charge(&address);
            charged
                .inspect_err(|exceeded| {
                    self.refused_handshakes.fetch_add(1, Ordering::Relaxed);
                    let event = Entry::new(Event::ExcessRateLimitExceeded);
                    let event = event.because(exceeded.policy.reason());
                    self.aggregator.count(event.from(address));
                })
                .ok()?;
        }
        let activity = Arc::new(Activity::new(self.turns.clone()));
        let mut full = Vec::new();
        let id = self.table().admit(
            groups::of(peer, trusted),
            &activity,
            &self.bounds,
            &mut full,
        );
        for Full { reason, holder } in full {
            let event = Entry::new(Event::ExcessConnections).because(reason);
            self.aggregator.count(match holder {
                Some(address) => event.from(address),
                None => event,
            });
        }
        Some(ConnectionPermit(Connection {
            connections: self.clone(),
            id: id?,
            activity,
        }))
    }

    /// Whether `peer` is a proxy that is believed.
    #[must_use]
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.proxies.trusts(peer)
    }

    /// Puts a connection from `peer` on record that was refused for what it is.
    pub fn refused(&self, peer: IpAddr, reason: Reason) {
        let event = Entry::new(Event::AuthnCertificateFail).because(reason);
        self.aggregator.count(event.from(bucket(peer)));
    }

    /// From now on every answer is the last one on its connection, and says so.
    pub fn announce_end(&self) {
        self.stopping.announce();
    }

    /// From now on connections without a request end by themselves, too.
    pub fn drain(&self) {
        self.stopping.drain();
        self.table().wake_all();
    }

    /// Open connections, those in their handshake too.
    #[must_use]
    pub fn count(&self) -> usize {
        self.table().len()
    }

    /// Connections that the quota of handshakes refused.
    #[must_use]
    pub fn refused_handshakes(&self) -> u64 {
        self.refused_handshakes.load(Ordering::Relaxed)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConnectionPermit {
    /// The handshake is complete.
    pub fn open(&self) {
        self.0.connections.table().open(self.0.id);
    }

    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.0
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.0.connections.table().remove(self.0.id);
    }
}

impl Connection {
    /// A request has arrived; false when it came too late and must not be answered.
    #[must_use]
    pub fn begin(&self) -> bool {
        self.activity.begin()
    }

    /// The answer is complete, or waits for its client to take it.
    pub fn end(&self) {
        if self.activity.end() {
            self.connections.table().idle(self.id);
        }
    }

    /// Whether its next answer is the last one.
    #[must_use]
    pub fn ends_after_answer(&self) -> bool {
        self.connections.stopping.is_announced()
    }

    /// Whether it ends where it has no request. [`Connection::poll_evicted`] registers the task that is
    /// woken when this changes.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.connections.stopping.is_draining()
    }

    /// Ready when the connection must make room for another.
    pub fn poll_evicted(&self, cx: &Context<'_>) -> Poll<()> {
        self.activity.poll_evicted(cx)
    }
}

#[cfg(test)]
pub(super) mod tests;
