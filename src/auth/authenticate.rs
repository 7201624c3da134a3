//! The middleware around everything under `/v1`.
//!
//! It stands before the router, so that without a token every path, known or not, is the same 401
//! and nobody maps the API from outside (CONTROLS AU-01…04). Why a token was refused is logged, and
//! never told.

use std::sync::Arc;

use actix_web::{
    Error, HttpMessage,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{AUTHORIZATION, HeaderMap},
    middleware::Next,
    web,
};

use super::{
    Principal, allow,
    tokens::{Refusal, TokenVerifier},
};
use crate::http::problem::{Challenge, Problem};

/// Lets a request with a valid access token on, with its principal; answers the others.
///
/// # Errors
/// As `next` does.
pub async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match verify(&request).await {
        Ok(principal) => {
            request.extensions_mut().insert(principal);
            let response = next.call(request).await?;
            Ok(response.map_into_boxed_body())
        }
        Err(problem) => Ok(request.error_response(problem)),
    }
}

async fn verify(request: &ServiceRequest) -> Result<Arc<Principal>, Problem> {
    let verifier = request
        .app_data::<web::Data<TokenVerifier>>()
        .ok_or_else(|| Problem::Internal("no token verifier configured".into()))?;
    let token = bearer(request.headers())?;
    verifier.verify(token).await.map_err(|refusal| {
        tracing::warn!(reason = %refusal, "access token refused");
        match refusal {
            Refusal::KeysUnavailable => Problem::Unavailable(refusal.into()),
            _ => Problem::Unauthenticated(Challenge(
                r#"Bearer realm="api", error="invalid_token""#.to_owned(),
            )),
        }
    })
}

/// The token of the one `Authorization: Bearer` field. Query, form and cookie are never looked at.
fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(AUTHORIZATION);
    let value = values
        .next()
        .ok_or_else(|| Problem::Unauthenticated(allow::no_credentials()))?;
    // The gate lets one through at most; this holds without it too.
    if values.next().is_some() {
        return Err(Problem::Malformed(Vec::new()));
    }
    let value = value.to_str().unwrap_or_default();
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(Problem::Unauthenticated(allow::no_credentials())),
    }
}
