//! The quota of an address as a layer over the service's own [`Limiter`], on the service's clock.

use std::{
    future::{Ready, ready},
    net::IpAddr,
    sync::Arc,
};

use actix_service::{Service, Transform, forward_ready};
use actix_web::{
    Error,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
};
use futures_util::{
    TryFutureExt,
    future::{Either, MapOk},
};

use crate::{
    clock::Clock,
    config,
    http::{
        context::client_address,
        problem::Problem,
        rate_limit::{EvictIdle, Limiter, Policy},
    },
};

/// The buckets of all addresses, shared by the workers; as a layer it counts every request, preflights
/// too, and answers 429.
#[derive(Clone)]
pub struct AddressLimit(Arc<Limiter<IpAddr>>);

impl AddressLimit {
    /// A full quota for each address.
    #[must_use]
    pub fn new(quota: config::Quota, clock: &Arc<dyn Clock>) -> Option<Self> {
        let limiter = Limiter::new(Policy::Address, quota, clock.clone());
        Some(Self(Arc::new(limiter)))
    }

    /// The middleware.
    #[must_use]
    pub fn layer(&self) -> Self {
        self.clone()
    }

    fn charge(&self, request: &ServiceRequest) -> Result<(), Problem> {
        let address = client_address::counted(request.request())?;
        self.0.charge(&address)?;
        Ok(())
    }
}

impl EvictIdle for AddressLimit {
    fn evict_idle(&self) {
        self.0.evict_idle();
    }
}

impl<S, B> Transform<S, ServiceRequest> for AddressLimit
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = Limited<S>;
    type InitError = ();
    type Future = Ready<Result<Limited<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        let limit = self.clone();
        ready(Ok(Limited { limit, inner }))
    }
}

/// The layers within, which a request reaches while its address has something left.
pub struct Limited<S> {
    limit: AddressLimit,
    inner: S,
}

type Passed<B> = fn(ServiceResponse<B>) -> ServiceResponse<EitherBody<B>>;

impl<S, B> Service<ServiceRequest> for Limited<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Either<Ready<Result<Self::Response, Error>>, MapOk<S::Future, Passed<B>>>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        match self.limit.charge(&request) {
            Ok(()) => {
                let passed: Passed<B> = ServiceResponse::map_into_left_body;
                Either::Right(self.inner.call(request).map_ok(passed))
            }
            Err(problem) => {
                let refused = request.error_response(problem).map_into_right_body();
                Either::Left(ready(Ok(refused)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::Stopwatch;

    #[test]
    fn idle_addresses_are_forgotten() {
        let clock = Arc::new(Stopwatch::default());
        let time: Arc<dyn Clock> = clock.clone();
        let quota = config::Quota {
            per_second: 1.0,
            burst: 1,
        };
        let limit = AddressLimit::new(quota, &time).unwrap();
        for host in 0..10_000_u32 {
            limit.0.charge(&IpAddr::from(host.to_be_bytes())).unwrap();
        }
        *clock.0.lock().unwrap() += Duration::from_secs(2);
        limit.evict_idle();
        assert_eq!(limit.0.len(), 0);
    }
}
