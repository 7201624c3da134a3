//! Which origins' pages may call this API: none, or exactly those configured.
//!
//! The library compares origins byte for byte; what it does not do by default is refuse a foreign
//! one: the handler would run, and only the page would not see the answer. That is enough for an
//! attacker who wants the effect (CONTROLS CO-01…04).

use actix_cors::Cors;
use actix_web::{
    HttpRequest,
    http::{
        Method,
        header::{self, HeaderMap, HeaderValue},
    },
    web::Data,
};

use super::{
    rate_limit::{RATELIMIT, RATELIMIT_POLICY},
    record,
    request_id::X_REQUEST_ID,
};
use crate::{
    audit::{Event, Reason},
    config,
};

/// The CORS layer. It stands before authentication: a preflight carries no credentials.
pub fn layer(settings: &config::Cors) -> Cors {
    let cors = Cors::default()
        .allowed_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allowed_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
        ])
        .allowed_header("idempotency-key")
        .expose_headers([
            header::ETAG,
            header::LINK,
            header::LOCATION,
            header::RETRY_AFTER,
        ])
        .expose_headers([header::WWW_AUTHENTICATE, X_REQUEST_ID])
        .expose_headers([RATELIMIT, RATELIMIT_POLICY])
        .max_age(settings.max_age_seconds)
        .block_on_origin_mismatch(true);
    settings
        .allowed_origins
        .iter()
        .fold(cors, |cors, origin| cors.allowed_origin(origin))
}

/// Lets the page of an allowed origin read what was answered before the CORS layer saw the request: a
/// client that cannot read a 429 tries again at once. A foreign origin's is counted for the journal.
pub fn let_read(request: &HttpRequest, response: &mut HeaderMap) {
    if response.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
        return;
    }
    let Some(origin) = request.headers().get(header::ORIGIN) else {
        return;
    };
    let Some(settings) = request.app_data::<Data<config::Cors>>() else {
        return;
    };
    let mut allowed = settings.allowed_origins.iter();
    if allowed.any(|allowed| allowed.as_bytes() == origin.as_bytes()) {
        response.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        response.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("retry-after, x-request-id"),
        );
        response.insert(header::VARY, HeaderValue::from_static("Origin"));
    } else if !settings.allowed_origins.is_empty() {
        record::count(request, Event::MaliciousCors, Reason::ForeignOrigin);
    }
}
