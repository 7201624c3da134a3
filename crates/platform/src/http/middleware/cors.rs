//! Which origins' pages may call this API: our own, and exactly those configured.
//!
//! The library compares origins byte for byte; what it does not do by default is refuse a foreign
//! one: the handler would run, and only the page would not see the answer. That is enough for an
//! attacker who wants the effect.
//!
//! Controls: CO-01, CO-02, CO-03, CO-04

use actix_cors::{Cors, CorsError};
use actix_web::{
    Error, HttpRequest,
    dev::{RequestHead, ServiceRequest},
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    web::Data,
};

use crate::config;
use crate::http::{
    audit_trail::request_audit,
    context::request_id::X_REQUEST_ID,
    problem::Problem,
    rate_limit::{RATELIMIT, RATELIMIT_POLICY},
};

/// The fields of an answer that a page may read. A test compares them with those that the OpenAPI
/// document declares.
const EXPOSED: [HeaderName; 13] = [
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    HeaderName::from_static("accept-patch"),
    HeaderName::from_static("accept-post"),
    header::ALLOW,
    header::ETAG,
    header::LINK,
    header::LOCATION,
    RATELIMIT,
    RATELIMIT_POLICY,
    header::RETRY_AFTER,
    header::WWW_AUTHENTICATE,
    X_REQUEST_ID,
];

/// What an answer depends on, beside its URL: the library's own words.
const VARY: HeaderValue = HeaderValue::from_static(
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
);

/// The CORS layer. It stands before authentication: a preflight carries no credentials.
pub fn layer(settings: &config::Cors) -> Cors {
    let cors = Cors::default()
        .allowed_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allowed_headers([
            // A browser asks about `Accept` too, once its value is longer than 128 bytes.
            header::ACCEPT,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
        ])
        .allowed_header("idempotency-key")
        .expose_headers(EXPOSED)
        .max_age(settings.max_age_seconds)
        .allowed_origin_fn(is_ours)
        .block_on_origin_mismatch(true);
    settings
        .allowed_origins
        .iter()
        .fold(cors, |cors, origin| cors.allowed_origin(origin))
}

/// Whether a page of this service's own origin asks: browsers send `Origin` with every change, across
/// origins or not. `Host` is one of `public.hosts`, or the gate had refused the request.
fn is_ours(origin: &HeaderValue, request: &RequestHead) -> bool {
    let Some(host) = request.headers().get(header::HOST) else {
        return false;
    };
    let host = host.as_bytes();
    let without_default_port = host.strip_suffix(b":443").or(host.strip_suffix(b":"));
    origin.as_bytes().strip_prefix(b"https://") == Some(without_default_port.unwrap_or(host))
}

/// Joins the lines of `Access-Control-Request-Headers` and leaves their empty elements out, as RFC
/// 9110 §5.6.1.2 asks of a recipient. The library reads the first line only, and refuses empty ones.
pub(crate) fn join_requested_headers(request: &mut ServiceRequest) {
    const LIST: HeaderName = header::ACCESS_CONTROL_REQUEST_HEADERS;
    if request.method() != Method::OPTIONS || !request.headers().contains_key(LIST) {
        return;
    }
    let lines = request.headers().get_all(LIST);
    let elements = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    let elements = elements
        .map(<[u8]>::trim_ascii)
        .filter(|element| !element.is_empty());
    let list = elements.collect::<Vec<_>>().join(&b", "[..]);
    request.headers_mut().remove(LIST);
    if let Ok(list) = HeaderValue::from_bytes(&list)
        && !list.is_empty()
    {
        request.headers_mut().insert(LIST, list);
    }
}

/// What the library refused, as a problem of ours, which is counted for the journal. A preflight that
/// cannot be read stays the library's 400.
pub(crate) fn refusal(request: &HttpRequest, error: Option<&Error>) -> Option<Problem> {
    let problem = match error?.as_error::<CorsError>()? {
        CorsError::OriginNotAllowed => Problem::ForeignOrigin,
        CorsError::MethodNotAllowed | CorsError::HeadersNotAllowed => Problem::PreflightRefused,
        _ => return None,
    };
    if let (Some(event), Some(reason)) = problem.event() {
        request_audit::count(request, event, reason);
    }
    Some(problem)
}

/// The page behind a request, for the answers that the layer does not see: the address's 429, a caught
/// panic. A client that cannot read a 429 tries again at once.
#[derive(Debug)]
pub(crate) struct Page {
    allowed: Option<HeaderValue>,
}

impl Page {
    /// Nothing where CORS is not configured.
    pub fn of(request: &HttpRequest) -> Option<Self> {
        let settings = request.app_data::<Data<config::Cors>>()?;
        let origins = &settings.allowed_origins;
        let allowed = |origin: &&HeaderValue| {
            let mut origins = origins.iter();
            origins.any(|allowed| allowed.as_bytes() == origin.as_bytes())
        };
        let origin = request.headers().get(header::ORIGIN);
        (!origins.is_empty()).then(|| Self {
            allowed: origin.filter(allowed).cloned(),
        })
    }

    /// Adds what the layer has not written.
    pub fn add_cors_to_early_answer(self, response: &mut HeaderMap) {
        if !response.contains_key(header::VARY) {
            response.insert(header::VARY, VARY);
        }
        if let Some(origin) = self.allowed
            && !response.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN)
        {
            response.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            let exposed = EXPOSED.map(|name| name.to_string()).join(", ");
            if let Ok(exposed) = HeaderValue::try_from(exposed) {
                response.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
            }
        }
    }
}
