//! Our layers, put together by hand from the service's public parts, so that one can be left out.
//!
//! The service itself has no switch that takes a control out, and gets none for a measurement. That
//! the composition is faithful is measured too: `all-layers` must cost what `full` costs.

mod listener;
mod state;

use std::{net::TcpListener, sync::Arc};

use actix_server::{Server, ServerBuilder};
use actix_web::{
    App, Error, HttpRequest, HttpResponse, HttpServer, Responder, Scope,
    body::{BoxBody, MessageBody},
    dev::{HttpServiceFactory, Service, ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::{Condition, Next, from_fn},
    web::{self, Data},
};
use anyhow::Context as _;
use fixture::orders::{Order, OrderId, OrderResponse};
use platform::{
    app::{admit, development_issuer},
    auth::{Authenticated, Principal},
    clock::{Clock, SystemClock},
    config::Settings,
    http::{
        context::RequestContext,
        contract::rule::Rule as _,
        listener::{
            gate::{ConnectionState, ReleaseOnDrop},
            server,
        },
        middleware::{address_quota::AddressLimit, cors, finish::finish_response},
        problem::Problem,
        response::answer::Versioned,
        routing::route::{self, API_PREFIX},
    },
    slice::{Store, VisibleTo},
    telemetry::RequestSpan,
};
use tracing_actix_web::TracingLogger;

use super::variant::Variant;
use listener::listener;
pub use listener::source;
use state::State;

/// Serves the variant, all layers but the one.
pub async fn serve(
    variant: Variant,
    mut settings: Settings,
    socket: TcpListener,
) -> anyhow::Result<Server> {
    let issuer = development_issuer(&fixture::service(), &settings)?.settings();
    settings.auth.issuers.push(issuer.clone());
    let state = State::of(&settings, issuer.issuer).await?;
    let listener = listener(&settings)?;

    // In the order of `platform::layers`: the last one sees a request first.
    macro_rules! gated {
        ($api:ident $(, $layer:expr)*) => {{
            let application = move || base(&state, $api())$(.wrap($layer))*;
            let server = ServerBuilder::default().workers(1);
            server::listen(server, "public", socket, listener, application)?.run()
        }};
    }
    let policy = settings.public.cors.clone();
    let cors = move |on| Condition::new(on, cors::layer(&policy));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let address = AddressLimit::new(settings.rate_limit.per_address, &clock);
    let address = address.context("a quota for addresses")?;
    let limit = move || address.layer();
    let span = TracingLogger::<RequestSpan>::new;
    Ok(match variant {
        Variant::WithoutGate => {
            let keep_alive = listener.limits.keep_alive;
            let application = move || {
                let app = base(&state, guarded()).wrap(cors(true)).wrap(limit());
                app.wrap(from_fn(finish_response)).wrap(span())
            };
            HttpServer::new(application)
                .workers(1)
                .keep_alive(keep_alive)
                .listen_rustls_0_23(socket, (*listener.tls.now().config).clone())?
                .run()
        }
        Variant::WithoutSeal => {
            gated!(guarded, cors(true), limit(), from_fn(finish), span())
        }
        Variant::WithoutSpan => {
            gated!(guarded, cors(true), limit(), from_fn(finish_response))
        }
        Variant::WithoutCors => {
            gated!(
                guarded,
                cors(false),
                limit(),
                from_fn(finish_response),
                span()
            )
        }
        Variant::WithoutAddressLimit => {
            gated!(guarded, cors(true), from_fn(finish_response), span())
        }
        Variant::WithoutAuthentication => {
            gated!(
                unguarded,
                cors(true),
                limit(),
                from_fn(finish_response),
                span()
            )
        }
        Variant::WithoutStages => {
            gated!(plain, cors(true), limit(), from_fn(finish_response), span())
        }
        _ => gated!(
            guarded,
            cors(true),
            limit(),
            from_fn(finish_response),
            span()
        ),
    })
}

/// Shared data and services, without any layer around them.
fn base<A: HttpServiceFactory + 'static>(
    state: &State,
    api: A,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse,
        Error = Error,
        InitError = (),
    > + use<A>,
> {
    let state = state.clone();
    let app = App::new()
        .app_data(state.verifier)
        .app_data(state.failed_attempts)
        .app_data(state.caller_quotas)
        .app_data(state.enforced)
        .app_data(state.operation_guard)
        .app_data(state.journal)
        .app_data(state.aggregator)
        .app_data(state.cors)
        .app_data(state.step_up)
        .app_data(state.limits)
        .app_data(state.proxies)
        .app_data(state.security_txt)
        .app_data(state.clock)
        .app_data(state.orders)
        .app_data(state.principal);
    let (open, _) = fixture::service().routes().into_services();
    open.into_iter()
        .fold(app, App::service)
        .service(api)
        .default_service(web::to(route::not_found))
}

/// The route table's services under their prefix.
fn api() -> Scope {
    let (_, api) = fixture::service().routes().into_services();
    api.into_iter()
        .fold(web::scope(API_PREFIX), Scope::service)
        .default_service(web::to(route::not_found))
}

/// As it is.
fn guarded() -> impl HttpServiceFactory + 'static {
    api().wrap(from_fn(admit))
}

/// Everybody is the same principal.
fn unguarded() -> impl HttpServiceFactory + 'static {
    api().wrap_fn(|request, service| {
        let principal = request.app_data::<Data<Arc<Principal>>>();
        let principal = principal.map(|principal| principal.get_ref().clone());
        if let Some(principal) = principal {
            RequestContext::write(request.request(), |context| {
                context.caller = Some(principal);
            });
        }
        service.call(request)
    })
}

/// The read as a handler of the framework's own.
fn plain() -> impl HttpServiceFactory + 'static {
    web::scope(API_PREFIX)
        .route("/orders/{id}", web::get().to(read))
        .default_service(web::to(route::not_found))
        .wrap(from_fn(admit))
}

async fn read(
    request: HttpRequest,
    id: web::Path<String>,
    store: Data<Store<Order>>,
) -> Result<HttpResponse, Problem> {
    let id: OrderId = id.parse().map_err(|_| Problem::NotFound)?;
    let principal = Authenticated::authorize(&request)?;
    let visible_to = VisibleTo::Owner(principal.identity.clone());
    let order = store.find(&visible_to, id).await?;
    let answer: Versioned<OrderResponse> = order.into();
    Ok(answer.respond_to(&request))
}

/// What is left of `finish_response`: the gate waits for the end of a response.
async fn finish(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let connection = ConnectionState::of(request.request());
    let response = next.call(request).await?.map_into_boxed_body();
    Ok(response.map_body(|_, body| BoxBody::new(ReleaseOnDrop::with(connection, body))))
}
