//! How often: quotas by address, by caller and by kind of work.
//!
//! An attacker evades a single quota by changing what it counts, so there are several, each counting
//! something else and each checked on its own (`docs/rate-limits.md` says which attack each one
//! stops). All are token buckets: a fixed window lets twice its quota through at its edge.
//! `limiter` is the bucket, `quota_usage` what one request uses of its caller's. `quota_store` counts for all replicas.
//!
//! Controls: RL-01, RL-02, RL-03, RL-04, RL-05, RL-06

mod classes;
mod limiter;
mod quota_usage;

pub use classes::Classes;
pub use limiter::{EvictIdle, Limiter, QuotaStatus};
pub use quota_usage::{QuotaUsage, Quotas, RATELIMIT, RATELIMIT_POLICY};

use std::time::Duration;

use crate::audit::Reason;

/// A quota, as clients, logs and `docs/rate-limits.md` call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Requests of one address, with or without credentials.
    Address,
    /// New connections of one address; one too many is hung up on.
    Handshakes,
    /// Refused credentials of one address.
    FailedAuthentication,
    /// Requests of one authenticated caller.
    Caller,
    /// Requests of one client, of all its users together.
    Client,
    /// Requests with one API key, beside those of its owner.
    ApiKey,
    /// Of those of one caller, changes.
    Writes,
    /// Of those of one caller, what the route table calls expensive.
    Expensive,
}

impl Policy {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Address,
        Self::Handshakes,
        Self::FailedAuthentication,
        Self::Caller,
        Self::Client,
        Self::ApiKey,
        Self::Writes,
        Self::Expensive,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Handshakes => "handshakes",
            Self::FailedAuthentication => "failed-authentication",
            Self::Caller => "caller",
            Self::Client => "client",
            Self::ApiKey => "api-key",
            Self::Writes => "writes",
            Self::Expensive => "expensive",
        }
    }

    /// The same to the audit journal.
    #[must_use]
    pub fn reason(self) -> Reason {
        match self {
            Self::Address => Reason::AddressQuota,
            Self::Handshakes => Reason::HandshakeQuota,
            Self::FailedAuthentication => Reason::FailedAuthenticationQuota,
            Self::Caller => Reason::CallerQuota,
            Self::Client => Reason::ClientQuota,
            Self::ApiKey => Reason::ApiKeyQuota,
            Self::Writes => Reason::WriteQuota,
            Self::Expensive => Reason::ExpensiveQuota,
        }
    }
}

/// What an operation costs the service; the route table says it of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Only the caller's quota counts.
    Read,
    /// Also a quota of changes: each one is a disk write and a line in the journal.
    Write,
    /// Also a tighter one, for work that takes a multiple of the others.
    Expensive,
}

/// A quota that is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    pub policy: Policy,
    /// Until there is room again.
    pub wait: Duration,
}

impl Exceeded {
    /// `Retry-After`: whole seconds, rounded up, never 0 (RFC 9110 §10.2.3).
    #[must_use]
    pub fn retry_after(&self) -> u64 {
        whole_seconds(self.wait)
    }
}

fn whole_seconds(time: Duration) -> u64 {
    let begun = u64::from(time.subsec_nanos() > 0);
    time.as_secs().saturating_add(begun).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else refusals of one quota are counted as another's, or not at all.
    #[test]
    fn every_quota_stands_at_the_place_of_its_number() {
        for (place, policy) in Policy::ALL.into_iter().enumerate() {
            assert_eq!(policy as usize, place, "{}", policy.name());
        }
        assert_eq!(Policy::Expensive as usize + 1, Policy::ALL.len());
    }
}
