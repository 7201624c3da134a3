//! The first step of admission (`app/admission.rs`): the credential of a request becomes its caller.
//!
//! Why a token was refused is logged, and never told. The quota of failures by address stands before a
//! signature is checked.
//!
//! Controls: AU-01, AU-02, AU-03, AU-04

use std::sync::Arc;

use actix_web::{
    dev::ServiceRequest,
    http::header::{AUTHORIZATION, HeaderMap},
};

use super::{
    FailedAttempts, Principal, api_key, challenge, token_events,
    tokens::{TokenError, TokenVerifier},
};
use crate::audit::{Event, Reason};
use crate::http::{
    audit_trail::request_audit,
    context::{RequestContext, client_address, shared},
    problem::Problem,
    rate_limit::Policy,
};

/// Puts the principal of a valid access token or API key into the request's context.
///
/// # Errors
/// 401 for any other credential and for none; 429 for an address whose credentials were refused too
/// often; 503 when the issuer's keys cannot be had.
pub async fn authenticate(request: &ServiceRequest) -> Result<(), Problem> {
    let principal = principal(request).await?;
    RequestContext::write(request.request(), |context| {
        context.caller = Some(principal);
    });
    Ok(())
}

async fn principal(request: &ServiceRequest) -> Result<Arc<Principal>, Problem> {
    let verifier = shared::<TokenVerifier>(request.request())?;
    let token = bearer(request.headers(), request.query_string()).inspect_err(|problem| {
        let (event, reason) = match problem {
            Problem::CredentialsTwice => (Event::MaliciousProtocol, Reason::Malformed),
            _ => (Event::AuthnTokenFail, Reason::Missing),
        };
        request_audit::count(request.request(), event, reason);
    })?;
    if api_key::is_one(token) {
        return api_key::principal(request, token).await;
    }
    if let Some(principal) = verifier.remembered(token) {
        return Ok(principal);
    }
    let attempts = shared::<FailedAttempts>(request.request())?;
    let address = client_address::counted(request.request())?;
    attempts.admit(address).inspect_err(|_| {
        let quota = Policy::FailedAuthentication.reason();
        request_audit::count(request.request(), Event::ExcessRateLimitExceeded, quota);
    })?;
    // Boxed, so that a request whose token is known does not carry the room for this.
    match Box::pin(verifier.verify(token)).await {
        Ok(principal) => {
            token_events::believed(request, &principal)?;
            Ok(principal)
        }
        Err(TokenError::KeysUnavailable) => {
            token_events::keys_unavailable(request)?;
            Err(Problem::Unavailable(TokenError::KeysUnavailable.into()))
        }
        Err(error) => {
            token_events::refused(request, address, &error)?;
            Box::pin(attempts.count(address, None)).await;
            Err(Problem::Unauthenticated(challenge::invalid_token()))
        }
    }
}

/// The token of the one `Authorization: Bearer` field. A token in query, form or cookie is never looked at;
/// beside this one, a parameter that is called so is refused (RFC 6750 §2).
fn bearer<'h>(headers: &'h HeaderMap, query: &str) -> Result<&'h str, Problem> {
    let mut values = headers.get_all(AUTHORIZATION);
    let value = values
        .next()
        .ok_or_else(|| Problem::Unauthenticated(challenge::no_credentials()))?;
    let in_query = || {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.any(|(name, _)| name == "access_token")
    };
    // The gate lets one field through at most; this holds without it too.
    if values.next().is_some() || in_query() {
        return Err(Problem::CredentialsTwice);
    }
    let value = str::from_utf8(value.as_bytes()).unwrap_or_default();
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim_ascii()),
        _ => Err(Problem::Unauthenticated(challenge::no_credentials())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The gate refuses a repeated field too; this holds without it.
    #[test]
    fn two_authorization_fields_are_no_credentials() {
        let mut headers = HeaderMap::new();
        let field = |token| format!("Bearer {token}").parse().unwrap();
        headers.append(AUTHORIZATION, field("a"));
        assert_eq!(bearer(&headers, "access_tokens=b").unwrap(), "a");
        let in_two_ways = bearer(&headers, "limit=1&access%5Ftoken=");
        assert!(matches!(in_two_ways, Err(Problem::CredentialsTwice)));
        headers.append(AUTHORIZATION, field("b"));
        let twice = bearer(&headers, "");
        assert!(matches!(twice, Err(Problem::CredentialsTwice)));
    }
}
