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

use super::client_address::{TrustedProxies, bucket};

/// Counts the open connections of a listener.
#[derive(Debug)]
pub struct Connections {
    max: usize,
    max_per_address: usize,
    proxies: TrustedProxies,
    open: AtomicUsize,
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// The right to be connected; given back when dropped.
#[derive(Debug)]
pub struct Seat {
    connections: Arc<Connections>,
    address: Option<IpAddr>,
}

impl Connections {
    #[must_use]
    pub fn new(max: usize, max_per_address: usize, proxies: TrustedProxies) -> Arc<Self> {
        Arc::new(Self {
            max,
            max_per_address,
            proxies,
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
            return None;
        }
        let mut seat = Seat {
            connections: self.clone(),
            address: None,
        };
        if !self.proxies.trusts(peer) {
            let address = bucket(peer);
            let mut counts = self
                .by_address
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(address).or_default();
            if *count >= self.max_per_address {
                drop(counts);
                return None;
            }
            *count += 1;
            seat.address = Some(address);
        }
        Some(seat)
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
    use crate::config::ForwardedField;

    fn connections() -> Arc<Connections> {
        let proxies = TrustedProxies {
            networks: vec!["10.0.0.0/8".parse().unwrap()],
            field: ForwardedField::XForwardedFor,
        };
        Connections::new(5, 2, proxies)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_its_share_and_gets_it_back() {
        let connections = connections();
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
        let connections = connections();
        let seats: Vec<Seat> = (0..5)
            .filter_map(|_| connections.admit(ip("10.0.0.1")))
            .collect();
        assert_eq!(seats.len(), 5);
        assert!(connections.admit(ip("203.0.113.5")).is_none());
        drop(seats);
        assert!(connections.admit(ip("203.0.113.5")).is_some());
        assert!(connections.by_address.lock().unwrap().is_empty());
    }
}
