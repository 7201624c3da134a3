//! Quotas: how many requests at once, and how many a second after that.

use std::time::Duration;

use serde::Deserialize;

use super::SharedQuotas;

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Quota {
    /// How fast it fills.
    pub per_second: f64,
    /// How much it holds: what may come at once.
    pub burst: u32,
}

impl Quota {
    /// How long one more takes.
    #[must_use]
    pub fn period(self) -> Duration {
        Duration::try_from_secs_f64(self.per_second.recip()).unwrap_or(Duration::MAX)
    }

    /// The part of it that is `share`, at least one request.
    #[must_use]
    pub fn share(self, share: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a positive part of a u32"
        )]
        let burst = (f64::from(self.burst) * share).ceil() as u32;
        Self {
            per_second: self.per_second * share,
            burst: burst.max(1),
        }
    }
}

/// Every quota there is.
#[derive(Debug, Clone, Deserialize)]
pub struct RateLimit {
    pub handshakes: Quota,
    pub per_address: Quota,
    pub failed_authentication: Quota,
    /// Of all addresses together that have no failures left.
    pub unknown_tokens: Quota,
    pub per_caller: PerCaller,
    pub per_client: Quota,
    pub per_api_key: Quota,
    pub per_role: Vec<RoleQuota>,
    pub shared: SharedQuotas,
}

#[derive(Debug, Clone, Deserialize)]
pub struct PerCaller {
    per_second: f64,
    burst: u32,
    writes_share: f64,
    expensive_share: f64,
}

/// How much of a caller's quota the costly classes of operations may use.
#[derive(Debug, Clone, Copy)]
pub struct Shares {
    pub writes: f64,
    pub expensive: f64,
}

impl PerCaller {
    #[must_use]
    pub fn quota(&self) -> Quota {
        Quota {
            per_second: self.per_second,
            burst: self.burst,
        }
    }

    #[must_use]
    pub fn shares(&self) -> Shares {
        Shares {
            writes: self.writes_share,
            expensive: self.expensive_share,
        }
    }
}

/// The quota of callers with a role, instead of `per_caller`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleQuota {
    pub role: String,
    pub per_second: f64,
    pub burst: u32,
}

impl RoleQuota {
    #[must_use]
    pub fn quota(&self) -> Quota {
        Quota {
            per_second: self.per_second,
            burst: self.burst,
        }
    }
}
