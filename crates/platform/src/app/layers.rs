//! The order in which a request meets the layers: one list, for every listener.
//!
//! The order is security: nobody learns from a later check what an earlier one hides, and what costs more
//! comes later. `docs/api-design.md` promises it, and tests hold each pair of neighbours.

use std::sync::Arc;

use actix_web::{
    App, Error, Scope,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::{Condition, from_fn},
    web::{self, ServiceConfig},
};
use tracing_actix_web::TracingLogger;

use super::{Shared, admission::admit};
use crate::{
    config,
    http::{
        context::traffic::{Counted, Traffic},
        middleware::{address_quota::AddressLimit, cors, finish::finish_response},
        routing::route::{self, RouteTable},
    },
    telemetry::RequestSpan,
};

/// What differs between listeners. Bytes, hosts and connections are in `http::listener::server::Listener`.
#[derive(Clone)]
pub(super) struct Parts {
    /// Makes the route table. Each worker has one of its own.
    pub routes: Arc<dyn Fn() -> RouteTable + Send + Sync>,
    pub address_quota: AddressLimit,
    pub cors: config::Cors,
    /// Counts what it answers.
    pub traffic: Arc<Traffic>,
    pub shared: Shared,
}

/// Wraps what stands behind `=>` in the layers before it, which stand in the order in which a request
/// meets them. The framework wants the last one first.
macro_rules! layers {
    (=> $inner:expr) => { $inner };
    ($first:expr, $($then:tt)*) => { layers!($($then)*).wrap($first) };
}

/// The application of a listener: its layers around its routes.
pub(super) fn application(
    parts: Parts,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let Parts {
        routes,
        address_quota,
        cors,
        traffic,
        shared,
    } = parts;
    let routes = routes();
    let counted = routes.operations().into_iter().map(|operation| Counted {
        method: operation.method,
        route: operation.path,
        counters: operation.counters,
    });
    let worker = traffic.worker(counted.collect());
    let (open, guarded) = routes.into_services();
    let open = |config: &mut ServiceConfig| {
        for resource in open {
            config.service(resource);
        }
    };
    // Under this path nothing is answered without authentication.
    let scope = web::scope(route::API_PREFIX);
    let guarded = guarded.into_iter().fold(scope, Scope::service);

    // Before any layer, where bytes arrive (`http/listener`): room for the connection and the quota of
    // handshakes; TLS; the gate, which lets one well-formed request pass, in bounded time.
    layers!(
        // Makes the request's context with its id. One line in the log when the answer leaves.
        TracingLogger::<RequestSpan>::new(),
        // Answers what the gate refused: 400, 408, 414, 417, 421, 431, 501. Finishes every answer:
        // problems, security headers, caught panics.
        from_fn(finish_response),
        // The quota of the address, before anything that costs more than counting: 429.
        address_quota.layer(),
        // Which origins' pages may call: 403. A preflight carries no credentials and ends here.
        Condition::new(!cors.allowed_origins.is_empty(), cors::layer(&cors)),
        => App::new()
            .configure(|config| shared.configure(config))
            .app_data(worker)
            .configure(open)
            .default_service(web::to(route::not_found))
            .service(layers!(
                // Who calls: 401, and 429 for an address whose tokens were refused too often. Before
                // the router: nobody without a token learns which paths exist.
                // What is revoked: 401. What a restricted caller may not do: 403, 401, 429.
                // The quota of the caller, and the RateLimit fields of its answer: 429.
                from_fn(admit),
                // The router: 404, 405. Then the operation's own stages (`http/routing/pipeline.rs`):
                //   a restriction of it     403, 401, 429
                //   quota of its class      429
                //   rule                    403, 401 when authentication is not recent
                //   representation          406, 415
                //   inputs                  400, 404, 408, 413, 422, 428
                //   attempt on record       503
                //   handler                 404, 412, 409, 403 for a member
                => guarded.default_service(web::to(route::not_found))
            ))
    )
}
