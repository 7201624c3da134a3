//! What an authenticated caller may still do.
//!
//! Counted by who the caller is, not by token: with a new token for each request there would be no
//! limit. One quota for everything and a smaller one for each costly class of operation, which the
//! route table names. Where the caller stands is told in every response, so that a client that wants
//! to behave can (draft-ietf-httpapi-ratelimit-headers).

use std::{cell::RefCell, fmt::Write as _, sync::Arc};

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{HeaderMap, HeaderName, HeaderValue},
};
use aws_lc_rs::digest::{Context, SHA256};

use super::{
    Class, Exceeded, Policy,
    limiter::{EvictIdle, Limiter},
    whole_seconds,
};
use crate::{clock::Clock, config};

pub const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The caller whose quota a request uses: its name, shortened to what a table of millions can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RateLimitKey([u8; 16]);

impl RateLimitKey {
    /// The key of the caller with this name. Its `parts` are told apart: `("a", "bc")` is not `("ab", "c")`.
    #[must_use]
    pub fn named(parts: &[&str]) -> Self {
        let mut digest = Context::new(&SHA256);
        for part in parts {
            digest.update(&part.len().to_le_bytes());
            digest.update(part.as_bytes());
        }
        let mut key = Self([0; 16]);
        for (to, from) in key.0.iter_mut().zip(digest.finish().as_ref()) {
            *to = *from;
        }
        key
    }
}

/// The quotas that hold for a group of callers.
pub struct Quotas {
    all: Limiter<RateLimitKey>,
    writes: Limiter<RateLimitKey>,
    expensive: Limiter<RateLimitKey>,
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

    fn of(&self, class: Class) -> Option<&Limiter<RateLimitKey>> {
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

/// One request's account with its quotas. Lives in the request's extensions.
pub struct QuotaUsage {
    quotas: Arc<Quotas>,
    rate_limit_key: RateLimitKey,
    used: RefCell<Used>,
}

/// What the request was charged with so far.
struct Used {
    class: Option<Class>,
    field: String,
}

impl QuotaUsage {
    #[must_use]
    pub fn new(quotas: Arc<Quotas>, rate_limit_key: RateLimitKey) -> Self {
        Self {
            quotas,
            rate_limit_key,
            used: RefCell::new(Used {
                class: None,
                field: String::with_capacity(FIELD_BYTES),
            }),
        }
    }

    /// Takes one from the caller's quota for everything.
    ///
    /// # Errors
    /// When nothing is left: 429.
    pub fn charge(&self) -> Result<(), Exceeded> {
        self.take(&self.quotas.all)
    }

    fn charge_class(&self, class: Class) -> Result<(), Exceeded> {
        let Some(limiter) = self.quotas.of(class) else {
            return Ok(());
        };
        self.used.borrow_mut().class = Some(class);
        self.take(limiter)
    }

    fn take(&self, limiter: &Limiter<RateLimitKey>) -> Result<(), Exceeded> {
        let charged = limiter.charge(&self.rate_limit_key);
        let (remaining, seconds) = match &charged {
            Ok(standing) => (standing.remaining, whole_seconds(standing.more_in)),
            Err(exceeded) => (0, exceeded.retry_after()),
        };
        let field = &mut self.used.borrow_mut().field;
        let comma = if field.is_empty() { "" } else { ", " };
        let name = limiter.policy().name();
        // Writing to a string does not fail.
        let _ = write!(field, r#"{comma}"{name}";r={remaining};t={seconds}"#);
        charged.map(drop)
    }

    /// Tells the caller where it stands.
    pub fn write(self, headers: &mut HeaderMap) {
        let used = self.used.into_inner();
        let class = used.class.unwrap_or(Class::Read);
        if let Ok(field) = HeaderValue::try_from(used.field) {
            headers.insert(RATELIMIT, field);
            headers.insert(RATELIMIT_POLICY, self.quotas.policy(class));
        }
    }
}

/// Charges the caller with an operation of this class. Nothing where there is no caller: the quota of
/// the address has counted that request.
///
/// # Errors
/// When the quota of that class is used up: 429.
pub fn charge(request: &HttpRequest, class: Class) -> Result<(), Exceeded> {
    match request.extensions().get::<QuotaUsage>() {
        Some(usage) => usage.charge_class(class),
        None => Ok(()),
    }
}

/// `"caller";q=200;w=4`: so many requests, and how long it takes until all of them are there again.
fn policy_field(limiters: &[&Limiter<RateLimitKey>]) -> HeaderValue {
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

    /// Else an issuer's choice of a subject would use up the quota of another issuer's caller.
    #[test]
    fn names_that_read_the_same_in_one_piece_have_accounts_of_their_own() {
        let accounts = [
            ["https://id.example", "alice"],
            ["https://id.examplea", "lice"],
            ["https://id.examplealice", ""],
            ["", "https://id.examplealice"],
        ];
        let accounts: std::collections::HashSet<RateLimitKey> = accounts
            .iter()
            .map(|parts| RateLimitKey::named(parts))
            .collect();
        assert_eq!(accounts.len(), 4);
    }

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
            limiter.charge(&RateLimitKey::named(&["alice"])).unwrap();
        }
        assert_eq!(limiters.map(Limiter::len), [1, 1, 1]);
        *clock.0.lock().unwrap() += std::time::Duration::from_hours(1);
        quotas.evict_idle();
        assert_eq!(limiters.map(Limiter::len), [0, 0, 0]);
    }
}
