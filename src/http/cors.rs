//! Which origins' pages may call this API: none, or exactly those configured.
//!
//! The library compares origins byte for byte; what it does not do by default is refuse a foreign
//! one: the handler would run, and only the page would not see the answer. That is enough for an
//! attacker who wants the effect (CONTROLS CO-01…04).

use actix_cors::Cors;
use actix_web::http::{Method, header};

use super::seal::X_REQUEST_ID;
use crate::config;

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
        .max_age(settings.max_age_seconds)
        .block_on_origin_mismatch(true);
    settings
        .allowed_origins
        .iter()
        .fold(cors, |cors, origin| cors.allowed_origin(origin))
}
