//! The route table: an operation is registered once, here, and everything follows from that.
//!
//! Routes registered in one place and guarded in another drift apart, and the forgotten one is the
//! breach (API5:2023). So the first argument of a handler must be its authorization rule, or it does
//! not compile; and router, `Allow`, OpenAPI document and the sweeps in `tests/` read this table.

use std::{rc::Rc, sync::Arc};

use actix_web::{
    Handler, HttpRequest, HttpResponse, Route,
    http::{Method, header::HeaderValue},
    web,
};

use super::pipeline;
use crate::audit::Event;
use crate::http::{
    audit_trail::request_audit::AuditSpec,
    context::traffic::Counters,
    contract::{
        access::Access,
        describe::{Description, Output},
        media_type::MediaType,
        rule::{Arguments, Rule},
    },
    listener::gate::ConnectionState,
    problem::Problem,
    rate_limit::Class,
};

/// Under this prefix nothing is answered without authentication, not even "no such path".
pub const API_PREFIX: &str = "/v1";

/// One method on one path: what the table knows about it.
#[derive(Debug, Clone)]
pub struct Operation {
    pub method: Method,
    /// The full path template, such as `/v1/orders/{id}`.
    pub path: String,
    /// `<resource>_<verb>`; the OpenAPI operation id and the audit action.
    pub id: &'static str,
    pub summary: &'static str,
    pub access: Access,
    /// Which quota of the caller it uses, beside the one for everything.
    pub class: Class,
    pub consumes: Option<MediaType>,
    /// What the journal says of a change before it is made; nothing for a read.
    pub event: Option<Event>,
    /// Its answers on this worker.
    pub counters: Arc<Counters>,
    describe: fn(&mut Description),
}

impl Operation {
    /// Its inputs and outputs, read off the handler's signature.
    #[must_use]
    pub fn describe(&self) -> Description {
        let mut description = Description::of(self.access);
        (self.describe)(&mut description);
        description
    }
}

/// One path and the operations on it.
pub struct Resource {
    path: &'static str,
    expensive: bool,
    event: Option<Event>,
    routes: Vec<(Operation, Route)>,
}

impl Resource {
    /// A resource at `path`, relative to where its table is mounted.
    #[must_use]
    pub fn at(path: &'static str) -> Self {
        Self {
            path,
            expensive: false,
            event: None,
            routes: Vec::new(),
        }
    }

    /// The operations that follow take a multiple of what others do, and have a quota of their own.
    #[must_use]
    pub fn expensive(mut self) -> Self {
        self.expensive = true;
        self
    }

    /// The changes that follow are on record as this event, where it says more than their method does.
    #[must_use]
    pub fn recorded_as(mut self, event: Event) -> Self {
        self.event = Some(event);
        self
    }

    /// Registers GET, and HEAD with it (RFC 9110 §9.1).
    #[must_use]
    pub fn get<H, A>(self, id: &'static str, summary: &'static str, handler: H) -> Self
    where
        H: Handler<A>,
        A: Arguments + 'static,
        H::Output: Output + 'static,
    {
        self.on(Method::GET, id, summary, handler)
    }

    #[must_use]
    pub fn post<H, A>(self, id: &'static str, summary: &'static str, handler: H) -> Self
    where
        H: Handler<A>,
        A: Arguments + 'static,
        H::Output: Output + 'static,
    {
        self.on(Method::POST, id, summary, handler)
    }

    #[must_use]
    pub fn put<H, A>(self, id: &'static str, summary: &'static str, handler: H) -> Self
    where
        H: Handler<A>,
        A: Arguments + 'static,
        H::Output: Output + 'static,
    {
        self.on(Method::PUT, id, summary, handler)
    }

    #[must_use]
    pub fn patch<H, A>(self, id: &'static str, summary: &'static str, handler: H) -> Self
    where
        H: Handler<A>,
        A: Arguments + 'static,
        H::Output: Output + 'static,
    {
        self.on(Method::PATCH, id, summary, handler)
    }

    #[must_use]
    pub fn delete<H, A>(self, id: &'static str, summary: &'static str, handler: H) -> Self
    where
        H: Handler<A>,
        A: Arguments + 'static,
        H::Output: Output + 'static,
    {
        self.on(Method::DELETE, id, summary, handler)
    }

    fn on<H, A>(
        mut self,
        method: Method,
        id: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<A>,
        A: Arguments + 'static,
        H::Output: Output + 'static,
    {
        let class = match method {
            _ if self.expensive => Class::Expensive,
            Method::GET => Class::Read,
            _ => Class::Write,
        };
        let mut spec = AuditSpec::new(id, &method, A::Rule::ACCESS);
        spec.change = spec.change.map(|change| self.event.unwrap_or(change));
        let operation = Operation {
            method,
            path: self.path.to_owned(),
            id,
            summary,
            access: A::Rule::ACCESS,
            class,
            consumes: A::CONSUMES,
            event: spec.change,
            counters: Arc::default(),
            describe: |description| {
                A::describe(description);
                <H::Output as Output>::describe(description);
            },
        };
        let run = move |operation: &Operation| {
            let (handler, counters) = (handler.clone(), Rc::new(operation.counters.clone()));
            move |request: HttpRequest, payload: web::Payload| {
                let handler = handler.clone();
                // What the layer that counts finds when the answer leaves, however it was made.
                if let Some(connection) = ConnectionState::of(&request) {
                    connection.reach(counters.clone());
                }
                pipeline::run(spec, class, handler, request, payload)
            }
        };
        let head = (operation.method == Method::GET).then(|| Operation {
            method: Method::HEAD,
            counters: Arc::default(),
            ..operation.clone()
        });
        for operation in [Some(operation), head].into_iter().flatten() {
            let route = web::method(operation.method.clone()).to(run(&operation));
            self.routes.push((operation, route));
        }
        self
    }

    fn allow(&self) -> String {
        let methods: Vec<&str> = self
            .routes
            .iter()
            .map(|(operation, _)| operation.method.as_str())
            .collect();
        methods.join(", ")
    }

    /// The framework's resource. A `web::resource`, because only that one answers another method
    /// with 405; bare routes make it a 404.
    fn into_service(self) -> actix_web::Resource {
        let allow = HeaderValue::from_str(&self.allow()).ok();
        let resource = web::resource(self.path).default_service(web::to(move || {
            let allow = allow.clone().unwrap_or(HeaderValue::from_static(""));
            async move { Err::<HttpResponse, _>(Problem::MethodNotAllowed(allow)) }
        }));
        self.routes
            .into_iter()
            .fold(resource, |resource, (_, route)| resource.route(route))
    }
}

/// Every operation of a listener.
#[derive(Default)]
pub struct RouteTable {
    open: Vec<Resource>,
    api: Vec<Resource>,
}

impl RouteTable {
    /// Resources at the root, for operations whose rule is `Anyone`.
    #[must_use]
    pub fn open(mut self, resources: impl IntoIterator<Item = Resource>) -> Self {
        self.open.extend(resources);
        self
    }

    /// Resources under [`API_PREFIX`], behind authentication.
    #[must_use]
    pub fn api(mut self, resources: impl IntoIterator<Item = Resource>) -> Self {
        self.api.extend(resources);
        self
    }

    /// What is registered, with full paths.
    #[must_use]
    pub fn operations(&self) -> Vec<Operation> {
        let under = |prefix: &'static str, resources: &[Resource]| {
            let with_prefix = move |operation: &Operation| Operation {
                path: format!("{prefix}{}", operation.path),
                ..operation.clone()
            };
            let routes = resources.iter().flat_map(|resource| &resource.routes);
            routes
                .map(|(operation, _)| with_prefix(operation))
                .collect::<Vec<_>>()
        };
        [under("", &self.open), under(API_PREFIX, &self.api)].concat()
    }

    /// Takes the table apart for the router: the root's resources, and those of [`API_PREFIX`].
    #[must_use]
    pub fn into_services(self) -> (Vec<actix_web::Resource>, Vec<actix_web::Resource>) {
        let services =
            |resources: Vec<Resource>| resources.into_iter().map(Resource::into_service).collect();
        (services(self.open), services(self.api))
    }
}

/// What every path that is not in the table answers.
///
/// # Errors
/// Always: 404.
pub async fn not_found() -> Result<HttpResponse, Problem> {
    Err(Problem::NotFound)
}
