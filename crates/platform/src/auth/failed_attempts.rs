//! How often an address may present credentials that are refused.
//!
//! Who tries credentials in bulk fails in bulk. So failures are counted, by address and never by
//! the name in the credentials alone, or anybody could lock anybody out. Callers whose token is known
//! already go on working at an address that has used its failures up; its other tokens go through
//! `lane`.
//!
//! An API key says which one it is before anything is checked, so guesses at one key are counted by its id
//! too. An id whose failures are used up is looked at through the lane: guessing from many addresses
//! costs the service no more than that. The owner's key is known here, and is not asked; after a restart the owner has
//! a part of the lane, like each address in it.
//!
//! Where quotas are shared, failures of all replicas count. A replica learns that an address has none left with the
//! next refused credential that it sees itself: credentials that are good never wait for the server.
//!
//! Controls: RL-05

use std::{net::IpAddr, sync::Arc, time::Duration};

use dashmap::DashMap;

use super::lane::{Lane, Place};
use crate::{
    clock::Clock,
    config,
    fingerprint::Fingerprint,
    http::{
        problem::Problem,
        rate_limit::{EvictIdle, Exceeded, Limiter, Policy, QuotaStatus},
    },
    quota_store::{Order, QuotaStore},
};

/// Failures of each address, and which addresses have no more.
pub struct FailedAttempts {
    failures: Limiter<IpAddr>,
    exhausted: DashMap<IpAddr, Exhausted>,
    of_keys: Limiter<Fingerprint>,
    /// The ids of API keys without failures left, and when each has one again.
    exhausted_keys: DashMap<Fingerprint, Duration>,
    /// The places of addresses that present such an id.
    claimants: DashMap<IpAddr, Place>,
    lane: Lane,
    clock: Arc<dyn Clock>,
    store: Option<Arc<QuotaStore>>,
}

/// An address without failures left.
struct Exhausted {
    /// When it has one again.
    until: Duration,
    place: Place,
}

impl FailedAttempts {
    /// `quota` is how many failures each address has, `lane` what all that have none left share.
    #[must_use]
    pub fn new(quota: config::Quota, lane: config::Quota, clock: Arc<dyn Clock>) -> Self {
        Self {
            failures: Limiter::new(Policy::FailedAuthentication, quota, clock.clone()),
            exhausted: DashMap::new(),
            of_keys: Limiter::new(Policy::FailedAuthentication, quota, clock.clone()),
            exhausted_keys: DashMap::new(),
            claimants: DashMap::new(),
            lane: Lane::new(lane, clock.clone()),
            clock,
            store: None,
        }
    }

    /// The same, with failures that other replicas have seen.
    #[must_use]
    pub fn counted_at(self, store: Option<Arc<QuotaStore>>) -> Self {
        Self { store, ..self }
    }

    /// Whether credentials from `address` are looked at. One without failures left gets one try for each
    /// that comes back, else each worker would look at one before the first was counted; beyond that,
    /// what the lane has for it.
    ///
    /// # Errors
    /// 429 when neither has room.
    pub fn admit(&self, address: IpAddr) -> Result<(), Problem> {
        let Some(mut exhausted) = self.exhausted.get_mut(&address) else {
            return Ok(());
        };
        let now = self.clock.elapsed();
        let wait = exhausted.until.saturating_sub(now);
        if wait.is_zero() {
            exhausted.until = now.saturating_add(self.failures.quota().period());
            return Ok(());
        }
        let entered = self.lane.enter(&mut exhausted.place, now);
        entered.map_err(|exceeded| {
            Problem::QuotaExceeded(Exceeded {
                wait: exceeded.wait.min(wait),
                ..exceeded
            })
        })
    }

    /// The same for an API key of this id.
    ///
    /// # Errors
    /// As [`FailedAttempts::admit`].
    pub fn admit_key(&self, address: IpAddr, id: Fingerprint) -> Result<(), Problem> {
        // What it takes from the lane for itself is enough.
        let is_in_lane = self.exhausted.contains_key(&address);
        self.admit(address)?;
        let now = self.clock.elapsed();
        let until = self.exhausted_keys.get(&id).map(|until| *until);
        if is_in_lane || until.is_none_or(|until| until <= now) {
            return Ok(());
        }
        let mut place = self.claimants.entry(address).or_default();
        Ok(self.lane.enter(&mut place, now)?)
    }

    /// Counts refused credentials from `address`: of an API key, with its id. The server of the shared quotas is
    /// waited for, so that the sender of the next ones finds them counted.
    pub async fn count(&self, address: IpAddr, key: Option<Fingerprint>) {
        self.count_here(address, key);
        let Some(store) = &self.store else { return };
        let mut asked = vec![self.failures.bucket(address)];
        asked.extend(key.map(|id| self.of_keys.bucket(id)));
        let Ok(charged) = store.charge(&asked, Order::Each).await else {
            return;
        };
        let mut charged = charged.into_iter().map(|one| self.failures.shared(one));
        if let Some(status) = charged.next() {
            self.exhaust(address, status);
        }
        if let Some((id, status)) = key.zip(charged.next()) {
            self.exhaust_key(id, status);
        }
    }

    fn count_here(&self, address: IpAddr, key: Option<Fingerprint>) {
        self.exhaust(address, self.failures.charge(&address));
        if let Some(id) = key {
            self.exhaust_key(id, self.of_keys.charge(&id));
        }
    }

    fn exhaust_key(&self, id: Fingerprint, charged: Result<QuotaStatus, Exceeded>) {
        if let Some(wait) = wait(charged) {
            let until = self.clock.elapsed().saturating_add(wait);
            self.exhausted_keys.insert(id, until);
        }
    }

    fn exhaust(&self, address: IpAddr, charged: Result<QuotaStatus, Exceeded>) {
        let Some(wait) = wait(charged) else { return };
        let until = self.clock.elapsed().saturating_add(wait);
        let entry = self.exhausted.entry(address);
        entry
            .and_modify(|exhausted| exhausted.until = until)
            .or_insert_with(|| Exhausted {
                until,
                place: Place::default(),
            });
    }
}

/// How long until there is a failure again, when none is left.
fn wait(charged: Result<QuotaStatus, Exceeded>) -> Option<Duration> {
    match charged {
        Ok(standing) if standing.remaining > 0 => None,
        Ok(standing) => Some(standing.more_in),
        Err(exceeded) => Some(exceeded.wait),
    }
}

impl EvictIdle for FailedAttempts {
    fn evict_idle(&self) {
        self.failures.evict_idle();
        let now = self.clock.elapsed();
        let quota = self.failures.quota();
        let full_after = quota.period().saturating_mul(quota.burst);
        self.exhausted
            .retain(|_, exhausted| now < exhausted.until.saturating_add(full_after));
        self.exhausted.shrink_to_fit();
        self.of_keys.evict_idle();
        self.exhausted_keys.retain(|_, until| now < *until);
        self.exhausted_keys.shrink_to_fit();
        self.claimants.retain(|_, place| !place.is_idle(now));
        self.claimants.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stopwatch;

    const QUOTA: config::Quota = config::Quota {
        per_second: 1.0,
        burst: 2,
    };

    fn lane(per_second: f64, burst: u32) -> config::Quota {
        config::Quota { per_second, burst }
    }

    #[test]
    fn a_failure_that_comes_back_is_one_check_however_many_ask_before_it_is_counted() {
        let clock = Arc::new(Stopwatch::default());
        let attempts = FailedAttempts::new(QUOTA, lane(0.001, 1), clock.clone());
        let attacker = IpAddr::from([203, 0, 113, 66]);
        for _ in 0..2 {
            attempts.admit(attacker).unwrap();
            attempts.count_here(attacker, None);
        }
        attempts.evict_idle();
        assert!(attempts.admit(attacker).is_ok(), "the lane's only one");
        assert!(attempts.admit(attacker).is_err(), "tidying lets nobody in");
        for _ in 0..3 {
            *clock.0.lock().unwrap() += Duration::from_secs(1);
            let admitted = (0..8).filter(|_| attempts.admit(attacker).is_ok());
            assert_eq!(admitted.count(), 1);
        }
        *clock.0.lock().unwrap() += Duration::from_secs(9);
        attempts.evict_idle();
        assert!(attempts.exhausted.is_empty());
    }

    #[test]
    fn a_stuffing_address_leaves_room_for_its_neighbours_and_costs_no_more_than_the_lane() {
        let clock = Arc::new(Stopwatch::default());
        let attempts = FailedAttempts::new(QUOTA, lane(200.0, 200), clock.clone());
        let office = IpAddr::from([203, 0, 113, 66]);
        let (mut forged, mut neighbours) = (0, 0);
        // A hundred forged tokens a second are what the quota of an address lets through.
        for turn in 0..1000_u32 {
            if attempts.admit(office).is_ok() {
                forged += 1;
                attempts.count_here(office, None);
            }
            if turn % 100 == 50 && attempts.admit(office).is_ok() {
                neighbours += 1;
            }
            *clock.0.lock().unwrap() += Duration::from_millis(10);
        }
        assert!(neighbours >= 9, "{neighbours} of 10 came in");
        // Its own failures, and half of the lane: the other half is for the next address.
        assert!(forged <= 2 + 10 + 100 + 1000, "{forged}");
    }

    #[test]
    fn guesses_at_one_key_from_many_addresses_go_through_the_lane_and_its_owner_comes_in() {
        let clock = Arc::new(Stopwatch::default());
        let attempts = FailedAttempts::new(QUOTA, lane(10.0, 10), clock.clone());
        let (guessed, other) = (Fingerprint::of(&["a"]), Fingerprint::of(&["b"]));
        let of = |number: u32| IpAddr::from(number.to_be_bytes());
        let looked_at = (0..1000).filter(|number| {
            let admitted = attempts.admit_key(of(*number), guessed).is_ok();
            if admitted {
                attempts.count_here(of(*number), Some(guessed));
            }
            admitted
        });
        // Two failures of the id, then what the lane holds.
        assert_eq!(looked_at.count(), 2 + 10);
        let owner = of(u32::MAX);
        assert!(attempts.admit_key(owner, other).is_ok(), "another id");
        *clock.0.lock().unwrap() += Duration::from_secs(1);
        assert!(attempts.admit_key(owner, guessed).is_ok());
        // Who was in the lane is forgotten, also while one goes on.
        *clock.0.lock().unwrap() += Duration::from_mins(10);
        for _ in 0..2 {
            attempts.count_here(owner, Some(guessed));
        }
        attempts.admit_key(of(1), guessed).unwrap();
        attempts.evict_idle();
        assert_eq!(
            (attempts.exhausted_keys.len(), attempts.claimants.len()),
            (1, 1)
        );
        *clock.0.lock().unwrap() += Duration::from_hours(1);
        attempts.evict_idle();
        assert!(attempts.exhausted_keys.is_empty() && attempts.claimants.is_empty());
    }
}
