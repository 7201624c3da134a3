//! The quota of an address as the layer of `actix-governor`, on that library's own clock.
//!
//! Used as the library has it, IPv4-mapped addresses share one bucket, each IPv6 address has its own,
//! `Retry-After` may be 0 and no key is ever forgotten. So the key, the answer and the tidying are
//! ours.

use std::{net::IpAddr, sync::Arc};

use actix_governor::{
    Governor, GovernorConfig, GovernorConfigBuilder, KeyExtractor,
    governor::{
        NotUntil,
        clock::{Clock as _, DefaultClock, QuantaInstant},
        middleware::NoOpMiddleware,
    },
};
use actix_web::{
    HttpResponse, HttpResponseBuilder, dev::ServiceRequest, http::header::RETRY_AFTER,
};

use crate::{
    clock::Clock,
    config,
    http::{
        context::client_address,
        problem::Problem,
        rate_limit::{EvictIdle, Exceeded, Policy},
    },
};

/// The buckets of all addresses, shared by the workers. Built once: built in the application's
/// factory, each worker would have its own, and a client as many quotas as there are workers.
#[derive(Clone)]
pub struct AddressLimit(Arc<GovernorConfig<ClientAddress, NoOpMiddleware<QuantaInstant>>>);

impl AddressLimit {
    /// A full quota for each address.
    ///
    /// Nothing without a positive burst and period, which `check.rs` refuses.
    #[must_use]
    pub fn new(quota: config::Quota, _: &Arc<dyn Clock>) -> Option<Self> {
        GovernorConfigBuilder::default()
            .period(quota.period())
            .burst_size(quota.burst)
            .key_extractor(ClientAddress::default())
            .finish()
            .map(|settings| Self(Arc::new(settings)))
    }

    /// The middleware: counts every request, preflights too, and answers 429.
    #[must_use]
    pub fn layer(&self) -> Governor<ClientAddress, NoOpMiddleware<QuantaInstant>> {
        Governor::new(&self.0)
    }
}

impl EvictIdle for AddressLimit {
    fn evict_idle(&self) {
        let buckets = self.0.limiter();
        buckets.retain_recent();
        buckets.shrink_to_fit();
    }
}

/// What is counted: the client's address as the trusted proxies tell it, IPv6 by its /64.
#[derive(Debug, Clone, Default)]
pub struct ClientAddress {
    /// Made once: making one asks the processor what it is, which a virtual machine answers slowly.
    clock: DefaultClock,
}

impl KeyExtractor for ClientAddress {
    type Key = IpAddr;
    type KeyExtractionError = Problem;

    fn extract(&self, request: &ServiceRequest) -> Result<IpAddr, Problem> {
        client_address::counted(request.request())
    }

    fn exceed_rate_limit_response(
        &self,
        until: &NotUntil<QuantaInstant>,
        _: HttpResponseBuilder,
    ) -> HttpResponse {
        let exceeded = Exceeded {
            policy: Policy::Address,
            wait: until.wait_time_from(self.clock.now()),
        };
        // The library drops the error of a response: the layer `finish` knows a bare 429 as this quota's.
        HttpResponse::TooManyRequests()
            .insert_header((RETRY_AFTER, exceeded.retry_after()))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stopwatch;

    #[test]
    fn idle_addresses_are_forgotten() {
        let quota = config::Quota {
            per_second: 1_000_000.0,
            burst: 1,
        };
        let clock: Arc<dyn Clock> = Arc::new(Stopwatch::default());
        let limit = AddressLimit::new(quota, &clock).unwrap();
        let buckets = limit.0.limiter();
        for host in 0..10_000_u32 {
            buckets
                .check_key(&IpAddr::from(host.to_be_bytes()))
                .unwrap();
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
        limit.evict_idle();
        assert_eq!(buckets.len(), 0);
    }
}
