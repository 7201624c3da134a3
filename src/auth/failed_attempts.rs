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

    /// Whether credentials from `address` are looked at.
    ///
    /// # Errors
    /// 429 while it is shut out.
    pub fn admit(&self, address: IpAddr) -> Result<(), Problem> {
        let until = self.shut_out.get(&address).map(|until| *until);
        let wait = until.and_then(|until| until.checked_sub(self.clock.elapsed()));
        let Some(wait) = wait.filter(|wait| !wait.is_zero()) else {
            return Ok(());
        };
        Err(Problem::QuotaExceeded(Exceeded {
            policy: Policy::FailedAuthentication,
            wait,
        }))
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
        self.shut_out.retain(|_, until| now < *until);
        self.shut_out.shrink_to_fit();
    }
}
