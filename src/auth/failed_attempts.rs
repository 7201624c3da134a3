//! How often an address may present credentials that are refused.
//!
//! Who tries credentials in bulk fails in bulk. So failures are counted, by address and never by the
//! name in the credentials, or anybody could lock anybody out (CONTROLS RL-05). An address that has
//! used its failures up is not worth a signature check until it has one again; callers whose token
//! is known already go on working there.

use std::{net::IpAddr, sync::Arc, time::Duration};

use dashmap::DashMap;

use crate::{
    clock::Clock,
    config,
    http::{
        problem::Problem,
        rate_limit::{Exceeded, Limiter, Policy, Tidy},
    },
};

/// Failures of each address, and until when those are shut out that have no more.
pub struct FailedAttempts {
    failures: Limiter<IpAddr>,
    shut_out: DashMap<IpAddr, Duration>,
    clock: Arc<dyn Clock>,
}

impl FailedAttempts {
    #[must_use]
    pub fn new(quota: config::Quota, clock: Arc<dyn Clock>) -> Self {
        Self {
            failures: Limiter::new(Policy::FailedAuthentication, quota, clock.clone()),
            shut_out: DashMap::new(),
            clock,
        }
    }

    /// Whether credentials from `address` are looked at. One that was shut out gets one try at a time:
    /// else each worker would look at one before the first was counted.
    ///
    /// # Errors
    /// 429 while it is shut out.
    pub fn admit(&self, address: IpAddr) -> Result<(), Problem> {
        let Some(mut until) = self.shut_out.get_mut(&address) else {
            return Ok(());
        };
        let now = self.clock.elapsed();
        if let Some(wait) = until.checked_sub(now).filter(|wait| !wait.is_zero()) {
            return Err(Problem::QuotaExceeded(Exceeded {
                policy: Policy::FailedAuthentication,
                wait,
            }));
        }
        *until = now.saturating_add(self.failures.quota().period());
        Ok(())
    }

    /// Counts refused credentials from `address`; with the last failure it has, it is shut out.
    pub fn count(&self, address: IpAddr) {
        let wait = match self.failures.charge(&address) {
            Ok(standing) if standing.remaining > 0 => return,
            Ok(standing) => standing.more_in,
            Err(exceeded) => exceeded.wait,
        };
        let until = self.clock.elapsed().saturating_add(wait);
        self.shut_out.insert(address, until);
    }
}

impl Tidy for FailedAttempts {
    fn tidy(&self) {
        self.failures.tidy();
        let now = self.clock.elapsed();
        let quota = self.failures.quota();
        let full_after = quota.period().saturating_mul(quota.burst);
        self.shut_out
            .retain(|_, until| now < until.saturating_add(full_after));
        self.shut_out.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stopwatch;

    #[test]
    fn a_failure_that_comes_back_is_one_check_however_many_ask_before_it_is_counted() {
        let clock = Arc::new(Stopwatch::default());
        let quota = config::Quota {
            per_second: 1.0,
            burst: 2,
        };
        let attempts = FailedAttempts::new(quota, clock.clone());
        let attacker = IpAddr::from([203, 0, 113, 66]);
        for _ in 0..2 {
            attempts.admit(attacker).unwrap();
            attempts.count(attacker);
        }
        assert!(attempts.admit(attacker).is_err());
        for _ in 0..3 {
            *clock.0.lock().unwrap() += Duration::from_secs(1);
            let admitted = (0..8).filter(|_| attempts.admit(attacker).is_ok());
            assert_eq!(admitted.count(), 1);
        }
        *clock.0.lock().unwrap() += Duration::from_secs(9);
        attempts.tidy();
        assert!(attempts.shut_out.is_empty());
    }
}
