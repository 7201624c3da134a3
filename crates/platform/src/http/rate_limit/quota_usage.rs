//! What an authenticated caller may still do.
//!
//! Counted by who the caller is, not by token: with a new token for each request there would be no
//! limit. One quota for everything and a smaller one for each costly class of operation, which the
//! route table names. Where the caller stands is told in every response, so that a client that wants
//! to behave can (draft-ietf-httpapi-ratelimit-headers).

use std::{fmt::Write as _, sync::Arc};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use super::{
    Class, Exceeded, Policy,
    limiter::{EvictIdle, Limiter, QuotaStatus},
    whole_seconds,
};
use crate::{
    clock::Clock,
    config,
    fingerprint::Fingerprint,
    quota_store::{Bucket, Charged},
};

pub const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The quotas that hold for a group of callers.
pub struct Quotas {
    all: Limiter<Fingerprint>,
    writes: Limiter<Fingerprint>,
    expensive: Limiter<Fingerprint>,
    /// `RateLimit-Policy` for a request of each class.
    policies: [HeaderValue; 3],
}

impl Quotas {
    /// `quota` for everything, and the shares of it that the costly classes have.
    #[must_use]
    pub fn new(quota: config::Quota, shares: config::Shares, clock: &Arc<dyn Clock>) -> Self {
        let limiter = |policy, share| Limiter::new(policy, quota.share(share), clock.clone());
        let all = limiter(Policy::Caller, 1.0);
        let writes = limiter(Policy::Writes, shares.writes);
        let expensive = limiter(Policy::Expensive, shares.expensive);
        let policies = [vec![&all], vec![&all, &writes], vec![&all, &expensive]];
        Self {
            policies: policies.map(|limiters| policy_field(&limiters)),
            all,
            writes,
            expensive,
        }
    }

    fn of(&self, class: Class) -> Option<&Limiter<Fingerprint>> {
        match class {
            Class::Read => None,
            Class::Write => Some(&self.writes),
            Class::Expensive => Some(&self.expensive),
        }
    }

    fn policy(&self, class: Class) -> HeaderValue {
        let [read, write, expensive] = &self.policies;
        match class {
            Class::Read => read,
            Class::Write => write,
            Class::Expensive => expensive,
        }
        .clone()
    }
}

impl EvictIdle for Quotas {
    fn evict_idle(&self) {
        self.all.evict_idle();
        self.writes.evict_idle();
        self.expensive.evict_idle();
    }
}

/// Two members of a `RateLimit` field, so that writing it asks for memory once.
const FIELD_BYTES: usize = 64;

/// What one request has used of its caller's quotas.
pub struct QuotaUsage {
    quotas: Arc<Quotas>,
    key: Fingerprint,
    class: Class,
    /// What the quota of a class has said already, before the router was asked for the operation.
    ahead: Option<(Class, Result<QuotaStatus, Exceeded>)>,
    /// The `RateLimit` field, a member for each quota that was charged.
    field: String,
}

impl QuotaUsage {
    /// Nothing used yet.
    #[must_use]
    pub fn new(quotas: Arc<Quotas>, key: Fingerprint) -> Self {
        Self {
            quotas,
            key,
            class: Class::Read,
            ahead: None,
            field: String::with_capacity(FIELD_BYTES),
        }
    }

    /// Takes one from the caller's quota for everything.
    ///
    /// # Errors
    /// When nothing is left: 429.
    pub fn charge(&mut self) -> Result<(), Exceeded> {
        let status = self.quotas.all.charge(&self.key);
        self.note(Policy::Caller, status)
    }

    /// Takes one from the quota of this class of operations, if it has one.
    ///
    /// # Errors
    /// When nothing is left: 429.
    pub fn charge_class(&mut self, class: Class) -> Result<(), Exceeded> {
        let Some(limiter) = self.quotas.of(class) else {
            return Ok(());
        };
        let ahead = self.ahead.take().filter(|(of, _)| *of == class);
        let status = ahead.map_or_else(|| limiter.charge(&self.key), |(_, status)| status);
        let policy = limiter.policy();
        self.class = class;
        self.note(policy, status)
    }

    /// What the server of the shared quotas is asked for the caller.
    #[must_use]
    pub fn bucket(&self) -> Bucket {
        self.quotas.all.bucket(self.key)
    }

    /// Puts the server's answer in the place of what this replica said.
    ///
    /// # Errors
    /// When nothing is left: 429.
    pub fn settle(&mut self, charged: Charged) -> Result<(), Exceeded> {
        self.field.clear();
        let status = self.quotas.all.shared(charged);
        self.note(Policy::Caller, status)
    }

    /// Charges the quota of this class at this replica now, so that the server can be asked for all quotas of the
    /// request at once: what it is asked for. Nothing where there is no such quota, or nothing left of it here.
    /// [`QuotaUsage::charge_class`] says how it ended.
    pub fn charge_ahead(&mut self, class: Class) -> Option<Bucket> {
        let limiter = self.quotas.of(class)?;
        let status = limiter.charge(&self.key);
        let asked = status.is_ok().then(|| limiter.bucket(self.key));
        self.ahead = Some((class, status));
        asked
    }

    /// The same as [`QuotaUsage::settle`], of the class that was charged ahead.
    pub fn settle_ahead(&mut self, charged: Charged) {
        let Some((class, _)) = self.ahead else { return };
        let limiter = self.quotas.of(class);
        self.ahead = limiter.map(|limiter| (class, limiter.shared(charged)));
    }

    fn note(
        &mut self,
        policy: Policy,
        charged: Result<QuotaStatus, Exceeded>,
    ) -> Result<(), Exceeded> {
        let (remaining, seconds) = match &charged {
            Ok(status) => (status.remaining, whole_seconds(status.more_in)),
            Err(exceeded) => (0, exceeded.retry_after()),
        };
        let comma = if self.field.is_empty() { "" } else { ", " };
        let name = policy.name();
        // Writing to a string does not fail.
        let _ = write!(self.field, r#"{comma}"{name}";r={remaining};t={seconds}"#);
        charged.map(drop)
    }

    /// Tells the caller what is left of its quotas.
    pub fn write(self, headers: &mut HeaderMap) {
        if let Ok(field) = HeaderValue::try_from(self.field) {
            headers.insert(RATELIMIT, field);
            headers.insert(RATELIMIT_POLICY, self.quotas.policy(self.class));
        }
    }
}

/// `"caller";q=200;w=4`: so many requests, and how long it takes until all of them are there again.
fn policy_field(limiters: &[&Limiter<Fingerprint>]) -> HeaderValue {
    let members: Vec<String> = limiters
        .iter()
        .map(|limiter| {
            let quota = limiter.quota();
            let window = whole_seconds(quota.period() * quota.burst);
            format!(
                r#""{}";q={};w={window}"#,
                limiter.policy().name(),
                quota.burst
            )
        })
        .collect();
    HeaderValue::try_from(members.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stopwatch;

    /// Else every caller ever seen would stay in memory.
    #[test]
    fn every_quota_of_a_caller_is_forgotten_when_it_is_full_again() {
        let clock = Arc::new(Stopwatch::default());
        let time: Arc<dyn Clock> = clock.clone();
        let quota = config::Quota {
            per_second: 10.0,
            burst: 10,
        };
        let shares = config::Shares {
            writes: 0.5,
            expensive: 0.5,
        };
        let quotas = Quotas::new(quota, shares, &time);
        let limiters = [&quotas.all, &quotas.writes, &quotas.expensive];
        for limiter in limiters {
            limiter.charge(&Fingerprint::of(&["alice"])).unwrap();
        }
        assert_eq!(limiters.map(Limiter::len), [1, 1, 1]);
        *clock.0.lock().unwrap() += std::time::Duration::from_hours(1);
        quotas.evict_idle();
        assert_eq!(limiters.map(Limiter::len), [0, 0, 0]);
    }
}
