//! The layers that a request passes, each with its reason, and what the handlers share.

use actix_web::{
    App, Error,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::{Condition, from_fn},
    web::{self, Data},
};
use tracing_actix_web::TracingLogger;

use super::{Service, Stores, rate_limits::RateLimits};
use crate::{
    audit::Journal,
    auth::{StepUp, authenticate, caller_quota, tokens::TokenVerifier},
    clock::Clock,
    config,
    http::{
        audit_trail::aggregator::EventAggregator,
        context::{client_address::TrustedProxies, limits::RequestLimits},
        middleware::{cors, security_headers::seal},
        routing::route::{self, API_PREFIX},
    },
    telemetry::RequestSpan,
};

/// What the handlers share: made once, not once a worker.
#[derive(Clone)]
pub(super) struct State {
    pub verifier: Data<TokenVerifier>,
    pub rate_limits: RateLimits,
    pub journal: Data<Journal>,
    pub aggregator: Data<EventAggregator>,
    pub step_up: Data<StepUp>,
    pub limits: Data<RequestLimits>,
    pub proxies: Data<TrustedProxies>,
    pub security_txt: Data<config::SecurityTxt>,
    pub cors: Data<config::Cors>,
    pub service: Service,
    pub clock: Data<dyn Clock>,
    pub stores: Stores,
}

/// The layers around the routes. The last one wrapped is the first to see a request.
pub(super) fn public(
    state: State,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let (open, api) = state.service.routes().into_services();
    let api = api
        .into_iter()
        .fold(web::scope(API_PREFIX), actix_web::Scope::service)
        .default_service(web::to(route::not_found))
        // Before the router: nobody without a token learns which paths exist. Then the caller's quota.
        .wrap(from_fn(caller_quota))
        .wrap(from_fn(authenticate));
    let app = App::new()
        .app_data(state.journal)
        .app_data(state.aggregator)
        .app_data(state.verifier)
        .app_data(Data::from(state.rate_limits.failed_attempts))
        .app_data(Data::from(state.rate_limits.callers))
        .app_data(state.cors.clone())
        .app_data(state.step_up)
        .app_data(state.limits)
        .app_data(state.proxies)
        .app_data(state.security_txt)
        .app_data(state.clock)
        .configure(|config| state.stores.configure(config));
    open.into_iter()
        .fold(app, App::service)
        .service(api)
        .default_service(web::to(route::not_found))
        // Before authentication, because a preflight carries no credentials.
        .wrap(Condition::new(
            !state.cors.allowed_origins.is_empty(),
            cors::layer(&state.cors),
        ))
        // Before anything that costs more than counting; preflights count too.
        .wrap(state.rate_limits.address.layer())
        // Headers, problems and panics of everything within. What the gate refused is answered here,
        // before anything looks at it.
        .wrap(from_fn(seal))
        // Makes the request id that all the others use.
        .wrap(TracingLogger::<RequestSpan>::new())
}
