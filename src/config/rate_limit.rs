//! Quotas: how many requests at once, and how many a second after that.

use std::time::Duration;

use serde::Deserialize;

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

    /// Whether it neither stops everything nor overflows the library's arithmetic.
    fn is_sound(self) -> bool {
        (0.001..=1_000_000.0).contains(&self.per_second) && (1..=1_000_000).contains(&self.burst)
    }
}

/// Every quota there is.
#[derive(Debug, Clone, Deserialize)]
pub struct RateLimit {
    pub handshakes: Quota,
    pub per_address: Quota,
    pub failed_authentication: Quota,
    pub per_caller: PerCaller,
    pub per_role: Vec<RoleQuota>,
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

impl RateLimit {
    pub(super) fn check(&self, refuse: &mut impl FnMut(bool, &str, &str)) {
        let roles = self.per_role.iter().map(RoleQuota::quota);
        let Shares { writes, expensive } = self.per_caller.shares();
        let caller = self.per_caller.quota();
        let smallest = |quota: Quota| quota.share(writes.min(expensive).max(0.0));
        let named = [
            ("rate_limit.handshakes", self.handshakes),
            ("rate_limit.per_address", self.per_address),
            (
                "rate_limit.failed_authentication",
                self.failed_authentication,
            ),
            ("rate_limit.per_caller", caller),
            ("rate_limit.per_caller", smallest(caller)),
        ];
        for (key, quota) in named
            .into_iter()
            .chain(roles.map(|quota| ("rate_limit.per_role", smallest(quota))))
        {
            refuse(
                !quota.is_sound(),
                key,
                "choose per_second from 0.001 to 1000000, also of a share, and burst from 1 to 1000000",
            );
        }
        let share = |share: f64| share > 0.0 && share <= 1.0;
        for (key, value) in [
            ("rate_limit.per_caller.writes_share", writes),
            ("rate_limit.per_caller.expensive_share", expensive),
        ] {
            refuse(!share(value), key, "choose more than 0 and at most 1");
        }
        let mut roles: Vec<&str> = self.per_role.iter().map(|one| one.role.as_str()).collect();
        roles.sort_unstable();
        roles.dedup();
        refuse(
            roles.len() < self.per_role.len(),
            "rate_limit.per_role",
            "names a role twice",
        );
    }
}
