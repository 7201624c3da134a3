//! How often an address may present credentials that are refused.
//!
//! Who tries credentials in bulk fails in bulk. So failures are counted, by address and never by
//! the name in the credentials, or anybody could lock anybody out. Callers whose token is known
//! already go on working at an address that has used its failures up; its other tokens go through
//! `lane`.
//!
//! Controls: RL-05

use std::{net::IpAddr, sync::Arc, time::Duration};

use dashmap::DashMap;

use super::lane::{Lane, Place};
use crate::{
    clock::Clock,
    config,
    http::{
        problem::Problem,
        rate_limit::{EvictIdle, Exceeded, Limiter, Policy},
    },
};

/// Failures of each address, and which addresses have no more.
pub struct FailedAttempts {
    failures: Limiter<IpAddr>,
    exhausted: DashMap<IpAddr, Exhausted>,
    lane: Lane,
    clock: Arc<dyn Clock>,
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
            lane: Lane::new(lane, clock.clone()),
            clock,
        }
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

    /// Counts refused credentials from `address`.
    pub fn count(&self, address: IpAddr) {
        let wait = match self.failures.charge(&address) {
            Ok(standing) if standing.remaining > 0 => return,
            Ok(standing) => standing.more_in,
            Err(exceeded) => exceeded.wait,
        };
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

impl EvictIdle for FailedAttempts {
    fn evict_idle(&self) {
        self.failures.evict_idle();
        let now = self.clock.elapsed();
        let quota = self.failures.quota();
        let full_after = quota.period().saturating_mul(quota.burst);
        self.exhausted
            .retain(|_, exhausted| now < exhausted.until.saturating_add(full_after));
        self.exhausted.shrink_to_fit();
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
            attempts.count(attacker);
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
                attempts.count(office);
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
}
