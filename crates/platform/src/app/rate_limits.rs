//! Every limiter, made once and tidied together.

use std::{net::IpAddr, sync::Arc};

use super::StartError;
use crate::{
    auth::{AccessTable, CallerQuotas, FailedAttempts},
    clock::Clock,
    config,
    http::{
        middleware::address_quota::AddressLimit,
        rate_limit::{EvictIdle, Limiter, Policy},
    },
    quota_store::QuotaStore,
};

/// The limiters of the public listener, shared by its workers.
#[derive(Clone)]
pub(super) struct RateLimits {
    pub address: AddressLimit,
    pub handshakes: Arc<Limiter<IpAddr>>,
    pub failed_attempts: Arc<FailedAttempts>,
    pub callers: Arc<CallerQuotas>,
}

impl RateLimits {
    /// All quotas full. With a store, those behind a connection's first checks are shared with the other replicas:
    /// new connections and requests of an address must cost nothing, so each replica counts them.
    pub(super) fn new(
        settings: &config::RateLimit,
        access: &AccessTable,
        clock: &Arc<dyn Clock>,
        store: Option<&Arc<QuotaStore>>,
    ) -> Result<Self, StartError> {
        let handshakes = Limiter::new(Policy::Handshakes, settings.handshakes, clock.clone());
        let attempts = FailedAttempts::new(
            settings.failed_authentication,
            settings.unknown_tokens,
            clock.clone(),
        );
        Ok(Self {
            address: AddressLimit::new(settings.per_address, clock)
                .ok_or(StartError::EmptyQuota)?,
            handshakes: Arc::new(handshakes),
            failed_attempts: Arc::new(attempts.counted_at(store.cloned())),
            callers: Arc::new(
                CallerQuotas::new(settings, access, clock)?.counted_at(store.cloned()),
            ),
        })
    }

    /// Forgets idle keys.
    pub(super) fn evict_idle(&self) {
        let limiters: [&dyn EvictIdle; 4] = [
            &self.address,
            &*self.handshakes,
            &*self.failed_attempts,
            &*self.callers,
        ];
        for limiter in limiters {
            limiter.evict_idle();
        }
    }
}
