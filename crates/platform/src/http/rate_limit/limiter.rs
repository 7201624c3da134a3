//! One quota for each key: a token bucket (GCRA) of the `governor` library.
//!
//! A key that is not heard of for as long as its bucket takes to fill is as good as a new one, so
//! [`EvictIdle`] forgets it; else every address ever seen would stay in memory, and inventing addresses
//! would be an attack of its own.

use std::{hash::Hash, num::NonZeroU32, sync::Arc, time::Duration};

use governor::{
    Quota, RateLimiter, middleware::StateInformationMiddleware, state::keyed::DashMapStateStore,
};

use super::{Exceeded, Policy};
use crate::{
    clock::Clock,
    config,
    quota_store::{Bucket, Charged, Subject},
};

/// What is done every few seconds, apart from the requests.
pub trait EvictIdle: Send + Sync {
    /// Forgets the keys whose quota is full again.
    fn evict_idle(&self);
}

/// The service's own clock, as the library wants it: time since a fixed moment, never going back.
#[derive(Clone)]
struct Monotonic(Arc<dyn Clock>);

impl governor::clock::Clock for Monotonic {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

type Buckets<K> = RateLimiter<K, DashMapStateStore<K>, Monotonic, StateInformationMiddleware>;

/// A quota for each key.
pub struct Limiter<K: Hash + Eq + Clone> {
    buckets: Buckets<K>,
    clock: Arc<dyn Clock>,
    policy: Policy,
    quota: config::Quota,
}

/// What is left of a quota after something that it let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaStatus {
    pub policy: Policy,
    pub remaining: u32,
    /// No later than this there is one more.
    pub more_in: Duration,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    /// A quota for each key, all of them full.
    #[must_use]
    pub fn new(policy: Policy, quota: config::Quota, clock: Arc<dyn Clock>) -> Self {
        Self {
            buckets: RateLimiter::dashmap_with_clock(bucket(quota), Monotonic(clock.clone()))
                .with_middleware(),
            clock,
            policy,
            quota,
        }
    }

    #[must_use]
    pub fn policy(&self) -> Policy {
        self.policy
    }

    #[must_use]
    pub fn quota(&self) -> config::Quota {
        self.quota
    }

    /// Keys that are remembered.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.buckets.len()
    }

    /// Takes one from the quota of `key`.
    ///
    /// # Errors
    /// When nothing is left.
    pub fn charge(&self, key: &K) -> Result<QuotaStatus, Exceeded> {
        match self.buckets.check_key(key) {
            Ok(state) => Ok(QuotaStatus {
                policy: self.policy,
                remaining: state.remaining_burst_capacity(),
                more_in: self.quota.period(),
            }),
            Err(until) => Err(Exceeded {
                policy: self.policy,
                wait: until.wait_time_from(self.clock.elapsed()),
            }),
        }
    }
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    /// Takes so many from the quota of `key` if there are so many; whether there were.
    pub fn takes(&self, key: &K, number: u64) -> bool {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        NonZeroU32::new(number)
            .is_none_or(|number| matches!(self.buckets.check_key_n(key, number), Ok(Ok(_))))
    }
}

/// The same quota, at the server that counts for all replicas.
impl<K: Hash + Eq + Copy + Into<Subject>> Limiter<K> {
    /// What the server is asked for `key`.
    #[must_use]
    pub fn bucket(&self, key: K) -> Bucket {
        Bucket {
            policy: self.policy.name(),
            subject: key.into(),
            quota: self.quota,
        }
    }

    /// What its answer means.
    ///
    /// # Errors
    /// When nothing is left.
    pub fn shared(&self, charged: Charged) -> Result<QuotaStatus, Exceeded> {
        let policy = self.policy;
        match charged {
            Charged::Granted(remaining) => Ok(QuotaStatus {
                policy,
                remaining,
                more_in: self.quota.period(),
            }),
            Charged::Exceeded(wait) => Err(Exceeded { policy, wait }),
        }
    }
}

impl<K: Hash + Eq + Clone + Send + Sync> EvictIdle for Limiter<K> {
    fn evict_idle(&self) {
        self.buckets.retain_recent();
        self.buckets.shrink_to_fit();
    }
}

/// The library's form of a quota.
pub(super) fn bucket(quota: config::Quota) -> Quota {
    let burst = NonZeroU32::new(quota.burst).unwrap_or(NonZeroU32::MIN);
    // `check.rs` keeps the period above zero.
    Quota::with_period(quota.period())
        .unwrap_or(Quota::per_hour(NonZeroU32::MIN))
        .allow_burst(burst)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stopwatch;

    /// Two a second, three at once.
    const QUOTA: config::Quota = config::Quota {
        per_second: 2.0,
        burst: 3,
    };

    #[test]
    fn a_key_is_forgotten_when_its_quota_is_full_again_and_no_sooner() {
        let clock = Arc::new(Stopwatch::default());
        let limiter = Limiter::new(Policy::Caller, QUOTA, clock.clone());
        for key in 0..1000 {
            limiter.charge(&key).unwrap();
        }
        for _ in 0..2 {
            limiter.charge(&7).unwrap();
        }
        limiter.evict_idle();
        assert_eq!(limiter.buckets.len(), 1000);
        *clock.0.lock().unwrap() += Duration::from_millis(1001);
        limiter.evict_idle();
        assert_eq!(limiter.buckets.len(), 1, "only the one that used all of it");
        for _ in 0..2 {
            limiter.charge(&7).unwrap();
        }
        assert!(limiter.charge(&7).is_err(), "tidying gave nothing back");
    }

    #[test]
    fn what_is_left_and_when_there_is_more() {
        let clock = Arc::new(Stopwatch::default());
        let limiter = Limiter::new(Policy::Caller, QUOTA, clock.clone());
        let left: Vec<u32> = (0..3)
            .map(|_| limiter.charge(&()).unwrap().remaining)
            .collect();
        assert_eq!(left, [2, 1, 0]);
        *clock.0.lock().unwrap() += Duration::from_millis(200);
        let exceeded = limiter.charge(&()).unwrap_err();
        assert_eq!(exceeded.wait, Duration::from_millis(300));
        assert_eq!(exceeded.retry_after(), 1);
    }
}
