//! From which networks each token and each API key was used lately.
//!
//! An honest client stays in its network, or moves to the next; a token that was stolen and sold turns up in
//! many. A network is what one organisation is given, so a phone that changes its address in it is seen once.
//! A request from the network of the one before costs a look-up and a load. The table has so many places, and
//! the credential that is used least makes room: a caller with many tokens pushes out unused ones.

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use quick_cache::sync::Cache;

use crate::{
    clock::Clock, config::DetectionRule, fingerprint::Fingerprint, http::context::client_address,
};

/// Credentials that are remembered: some three megabytes at most.
const CREDENTIALS: usize = 16_384;

pub(super) struct Sightings {
    of_credentials: Cache<Fingerprint, Arc<Seen>>,
    most: usize,
    within: Duration,
    clock: Arc<dyn Clock>,
}

/// Where one credential was seen.
struct Seen {
    last: AtomicU64,
    /// Networks, and when the credential was first there, or came back.
    networks: Mutex<Vec<(u64, Duration)>>,
}

impl Sightings {
    pub fn new(settings: DetectionRule, clock: Arc<dyn Clock>) -> Self {
        Self {
            of_credentials: Cache::new(CREDENTIALS),
            most: settings.most.try_into().unwrap_or(usize::MAX),
            within: settings.within,
            clock,
        }
    }

    /// Notes where a credential is used; whether that is one network too many.
    pub fn record(&self, credential: &Fingerprint, address: IpAddr) -> bool {
        let network = number(address);
        let Some(seen) = self.of_credentials.get(credential) else {
            let seen = Seen {
                last: AtomicU64::new(network),
                networks: Mutex::new(vec![(network, self.clock.elapsed())]),
            };
            self.of_credentials.insert(*credential, Arc::new(seen));
            return false;
        };
        if seen.last.load(Ordering::Relaxed) == network {
            return false;
        }
        let now = self.clock.elapsed();
        let mut networks = seen.networks.lock().unwrap_or_else(PoisonError::into_inner);
        networks.retain(|(known, at)| *known != network && now.saturating_sub(*at) < self.within);
        seen.last.store(network, Ordering::Relaxed);
        let is_one_too_many = networks.len() >= self.most;
        if !is_one_too_many {
            networks.push((network, now));
        }
        is_one_too_many
    }
}

/// The network of an address, as a number: an IPv4 /24 or an IPv6 /48.
fn number(address: IpAddr) -> u64 {
    match client_address::network(address) {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => {
            let network = u64::try_from(address.to_bits() >> 80).unwrap_or_default();
            network | 1 << 63
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::Stopwatch, config::DetectionAction};

    fn sightings(clock: &Arc<Stopwatch>) -> Sightings {
        let settings = DetectionRule {
            action: DetectionAction::Watch,
            most: 3,
            within: Duration::from_mins(10),
        };
        Sightings::new(settings, clock.clone())
    }

    fn of(network: u8) -> IpAddr {
        [198, 51, network, 7].into()
    }

    #[test]
    fn the_fourth_network_within_ten_minutes_is_one_too_many_and_slow_travel_is_not() {
        let clock = Arc::new(Stopwatch::default());
        let sightings = sightings(&clock);
        let token = Fingerprint::of(&["token"]);
        let seen = |network| sightings.record(&token, of(network));
        assert!(![1, 2, 3, 2, 1, 3].map(seen).contains(&true));
        assert!(seen(4));
        *clock.0.lock().unwrap() += Duration::from_mins(10);
        for network in 5..20 {
            assert!(!seen(network), "{network}");
            *clock.0.lock().unwrap() += Duration::from_mins(4);
        }
    }

    #[test]
    fn addresses_of_one_network_are_one_and_other_credentials_are_apart() {
        let clock = Arc::new(Stopwatch::default());
        let sightings = sightings(&clock);
        let phone = Fingerprint::of(&["phone"]);
        for host in 0..=255 {
            assert!(!sightings.record(&phone, [198, 51, 100, host].into()));
        }
        for token in 0..100_u8 {
            let token = Fingerprint::of(&[&token.to_string()]);
            assert!(!sightings.record(&token, of(1)));
            assert!(!sightings.record(&token, of(2)));
        }
    }

    /// A credential that turns up in a thousand networks takes the room of three.
    #[test]
    fn neither_many_credentials_nor_many_networks_grow_the_table() {
        let clock = Arc::new(Stopwatch::default());
        let sightings = sightings(&clock);
        for number in 0..50_000_u32 {
            let token = Fingerprint::of(&[&number.to_string()]);
            sightings.record(&token, of(1));
        }
        assert!(sightings.of_credentials.len() <= CREDENTIALS);
        let token = Fingerprint::of(&["token"]);
        for number in 0..1000_u32 {
            let address = IpAddr::from((number << 8).to_be_bytes());
            sightings.record(&token, address);
        }
        let seen = sightings.of_credentials.get(&token).unwrap();
        assert_eq!(seen.networks.lock().unwrap().len(), 3);
    }
}
