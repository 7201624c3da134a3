//! The quotas that a service is started with. All are far away unless a scenario draws them near, so
//! that what is refused was refused by the quota under test.

/// Which quota; its name in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    Address,
    Caller,
    Client,
    ApiKey,
    FailedAuthentication,
    UnknownTokens,
    Handshakes,
}

impl Quota {
    const ALL: [Self; 7] = [
        Self::Address,
        Self::Caller,
        Self::Client,
        Self::ApiKey,
        Self::FailedAuthentication,
        Self::UnknownTokens,
        Self::Handshakes,
    ];

    fn key(self) -> &'static str {
        match self {
            Self::Address => "PER_ADDRESS",
            Self::Caller => "PER_CALLER",
            Self::Client => "PER_CLIENT",
            Self::ApiKey => "PER_API_KEY",
            Self::FailedAuthentication => "FAILED_AUTHENTICATION",
            Self::UnknownTokens => "UNKNOWN_TOKENS",
            Self::Handshakes => "HANDSHAKES",
        }
    }
}

/// Requests at once, and then so many a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    pub per_second: f64,
    pub burst: u32,
}

impl Bucket {
    /// What a full bucket lets through in so many seconds, at most.
    #[must_use]
    pub fn at_most(self, seconds: f64) -> f64 {
        f64::from(self.burst) + (self.per_second * seconds).floor()
    }
}

impl std::fmt::Display for Bucket {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} + {}/s", self.burst, self.per_second)
    }
}

/// The settings of a service, as environment variables.
#[derive(Debug, Clone)]
pub struct Quotas(Vec<(String, String)>);

impl Quotas {
    /// Those of the service's own default settings.
    #[must_use]
    pub fn defaults() -> Self {
        Self(Vec::new())
    }

    /// Nothing is near its quota.
    #[must_use]
    pub fn far() -> Self {
        let far = Bucket {
            per_second: 100_000.0,
            burst: 1_000_000,
        };
        let mut quotas = Self(Vec::new())
            .setting("PUBLIC__LIMITS__CONNECTIONS_PER_ADDRESS", "2048")
            .setting("PUBLIC__LIMITS__CONNECTIONS_PER_NETWORK", "2048")
            .setting("RATE_LIMIT__PER_CALLER__WRITES_SHARE", "1")
            .setting("RATE_LIMIT__PER_CALLER__EXPENSIVE_SHARE", "1");
        for quota in Quota::ALL {
            quotas = quotas.with(quota, far);
        }
        quotas
    }

    /// With this one drawn near.
    #[must_use]
    pub fn with(self, quota: Quota, bucket: Bucket) -> Self {
        let key = quota.key();
        self.setting(
            &format!("RATE_LIMIT__{key}__PER_SECOND"),
            &bucket.per_second.to_string(),
        )
        .setting(
            &format!("RATE_LIMIT__{key}__BURST"),
            &bucket.burst.to_string(),
        )
    }

    /// With loopback as a trusted proxy: `X-Forwarded-For` then says whose request it is, which is how
    /// one machine plays many.
    #[must_use]
    pub fn behind_a_proxy(self) -> Self {
        self.setting("PUBLIC__TRUSTED_PROXIES", "127.0.0.1/32")
    }

    /// With any other setting.
    #[must_use]
    pub fn setting(mut self, key: &str, value: &str) -> Self {
        self.0.push((format!("APP_{key}"), value.to_owned()));
        self
    }

    /// Later ones win.
    pub fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }
}
