//! How many connections there may be, in all and from one address.
//!
//! An idle connection costs a file descriptor and a TLS session. Without a cap a single machine
//! takes them all and everybody else waits in the queue (CONTROLS LI-05). One too many is hung up on
//! before its handshake, which is the expensive part.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{
    client_address::{TrustedProxies, bucket},
    rate_limit::{Exceeded, Limiter, Policy},
    tally::Tally,
};
use crate::audit::{Entry, Event, Reason};

/// Counts the open connections of a listener, and how fast an address makes new ones: each costs a
/// handshake, a hundred times the work of a request.
pub struct Connections {
    max: usize,
    max_per_address: usize,
    proxies: TrustedProxies,
    handshakes: Arc<Limiter<IpAddr>>,
    tally: Arc<Tally>,
    open: AtomicUsize,
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// The right to be connected; given back when dropped.
pub struct Seat {
    connections: Arc<Connections>,
    address: Option<IpAddr>,
}

impl Connections {
    #[must_use]
    pub fn new(
        max: usize,
        max_per_address: usize,
        proxies: TrustedProxies,
        handshakes: Arc<Limiter<IpAddr>>,
        tally: Arc<Tally>,
    ) -> Arc<Self> {
        Arc::new(Self {
            max,
            max_per_address,
            proxies,
            handshakes,
            tally,
            open: AtomicUsize::new(0),
            by_address: Mutex::default(),
        })
    }

    /// A seat for a new connection from `peer`; none when there are too many. Proxies bring everybody's
    /// connections, so only the total counts for them.
    #[must_use]
    pub fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Seat> {
        if self.open.fetch_add(1, Ordering::Relaxed) >= self.max {
            self.open.fetch_sub(1, Ordering::Relaxed);
            self.too_many(Reason::InAll, peer);
            return None;
        }
        let mut seat = Seat {
            connections: self.clone(),
            address: None,
        };
        if !self.proxies.trusts(peer) {
            let address = bucket(peer);
            let exceeded = |_: &Exceeded| {
                let event = Entry::new(Event::ExcessRateLimitExceeded);
                let event = event.because(Policy::Handshakes.reason());
                self.tally.count(event.from(address));
            };
            self.handshakes
                .charge(&address)
                .inspect_err(exceeded)
                .ok()?;
            let mut counts = self
                .by_address
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(address).or_default();
            if *count >= self.max_per_address {
                drop(counts);
                self.too_many(Reason::OfOneAddress, address);
                return None;
            }
            *count += 1;
            seat.address = Some(address);
        }
        Some(seat)
    }

    fn too_many(&self, reason: Reason, address: IpAddr) {
        let event = Entry::new(Event::ExcessConnections).because(reason);
        self.tally.count(event.from(address));
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.connections.open.fetch_sub(1, Ordering::Relaxed);
        if let Some(address) = self.address {
            let counts = &self.connections.by_address;
            let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(count) = counts.get_mut(&address) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(&address);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::Clock,
        config::{ForwardedField, Quota},
    };

    struct Still;

    impl Clock for Still {
        fn now(&self) -> time::OffsetDateTime {
            time::OffsetDateTime::UNIX_EPOCH
        }

        fn elapsed(&self) -> std::time::Duration {
            std::time::Duration::ZERO
        }
    }

    fn connections(handshakes: u32) -> Arc<Connections> {
        let proxies = TrustedProxies {
            networks: vec!["10.0.0.0/8".parse().unwrap()],
            field: ForwardedField::XForwardedFor,
        };
        let quota = Quota {
            per_second: 1.0,
            burst: handshakes,
        };
        let limiter = Limiter::new(Policy::Handshakes, quota, Arc::new(Still));
        Connections::new(5, 2, proxies, Arc::new(limiter), Arc::new(Tally::new(drop)))
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_its_share_and_gets_it_back() {
        let connections = connections(100);
        let first = connections.admit(ip("2001:db8::1")).unwrap();
        let _second = connections.admit(ip("2001:db8::2")).unwrap();
        assert!(
            connections.admit(ip("2001:db8::3")).is_none(),
            "the same /64"
        );
        let _other = connections.admit(ip("203.0.113.5")).unwrap();
        drop(first);
        assert!(connections.admit(ip("2001:db8::3")).is_some());
    }

    #[test]
    fn the_total_holds_for_everybody_and_the_share_not_for_proxies() {
        let connections = connections(100);
        let seats: Vec<Seat> = (0..5)
            .filter_map(|_| connections.admit(ip("10.0.0.1")))
            .collect();
        assert_eq!(seats.len(), 5);
        assert!(connections.admit(ip("203.0.113.5")).is_none());
        drop(seats);
        assert!(connections.admit(ip("203.0.113.5")).is_some());
        assert!(connections.by_address.lock().unwrap().is_empty());
    }

    #[test]
    fn an_address_makes_so_many_connections_and_no_more() {
        let connections = connections(3);
        for _ in 0..3 {
            assert!(connections.admit(ip("203.0.113.5")).is_some());
        }
        assert!(connections.admit(ip("::ffff:203.0.113.5")).is_none());
        assert_eq!(connections.open.load(Ordering::Relaxed), 0);
        assert!(connections.admit(ip("203.0.113.6")).is_some());
        for _ in 0..9 {
            let through_a_proxy = connections.admit(ip("10.0.0.1"));
            assert!(through_a_proxy.is_some());
        }
    }
}
