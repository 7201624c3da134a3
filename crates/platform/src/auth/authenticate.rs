//! The middleware around everything under `/v1`.
//!
//! It stands before the router, so that without a token every path, known or not, is the same 401
//! and nobody maps the API from outside. Why a token was refused is logged, and never told. Two
//! quotas stand here: failures by address, before a signature is checked, and requests by caller,
//! once it is known.
//!
//! Controls: AU-01, AU-02, AU-03, AU-04

use std::{net::IpAddr, sync::Arc};

use actix_web::{
    Error, HttpMessage,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{AUTHORIZATION, HeaderMap},
    middleware::Next,
    web,
};

use super::{
    CallerQuotas, FailedAttempts, Principal, allow,
    tokens::{TokenError, TokenVerifier},
};
use crate::audit::{Entry, Event, Reason};
use crate::http::{
    audit_trail::{aggregator::EventAggregator, request_audit},
    context::{client_address, request_id},
    problem::{Challenge, Problem},
    rate_limit::{Policy, QuotaUsage},
};

/// Lets a request with a valid access token on, with its principal and what that may still do;
/// answers the others.
///
/// # Errors
/// As `next` does.
pub async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let usage = match identify(&request).await {
        Ok(usage) => usage,
        Err(problem) => return Ok(request.error_response(problem)),
    };
    let charged = usage
        .charge()
        .inspect_err(|_| exceeded(&request))
        .map_err(Problem::from);
    request.extensions_mut().insert(usage);
    let mut response = match charged {
        Ok(()) => next.call(request).await?.map_into_boxed_body(),
        Err(problem) => request.error_response(problem),
    };
    let usage = response.request().extensions_mut().remove::<QuotaUsage>();
    if let Some(usage) = usage {
        usage.write(response.headers_mut());
    }
    Ok(response)
}

/// Leaves the caller's principal in the request, and finds its quotas.
async fn identify(request: &ServiceRequest) -> Result<QuotaUsage, Problem> {
    let quotas = shared::<CallerQuotas>(request)?;
    let principal = principal(request).await?;
    let usage = quotas.usage(&principal);
    request.extensions_mut().insert(principal);
    Ok(usage)
}

async fn principal(request: &ServiceRequest) -> Result<Arc<Principal>, Problem> {
    let verifier = shared::<TokenVerifier>(request)?;
    let token = bearer(request.headers()).inspect_err(|_| {
        request_audit::count(request.request(), Event::AuthnTokenFail, Reason::Missing);
    })?;
    if let Some(principal) = verifier.remembered(token) {
        return Ok(principal);
    }
    let attempts = shared::<FailedAttempts>(request)?;
    let address = client_address::counted(request.request())?;
    attempts.admit(address).inspect_err(|_| {
        let quota = Policy::FailedAuthentication.reason();
        request_audit::count(request.request(), Event::ExcessRateLimitExceeded, quota);
    })?;
    // Boxed, so that a request whose token is known does not carry the room for this.
    match Box::pin(verifier.verify(token)).await {
        Ok(principal) => {
            believed(request, &principal)?;
            Ok(principal)
        }
        // The issuer's trouble, not this client's: one number for all of them.
        Err(TokenError::KeysUnavailable) => {
            let event = Entry::new(Event::AuthnTokenFail);
            shared::<EventAggregator>(request)?.count(event.because(Reason::KeysUnavailable));
            Err(Problem::Unavailable(TokenError::KeysUnavailable.into()))
        }
        Err(refusal) => {
            refused(request, address, &refusal)?;
            attempts.count(address);
            let challenge = r#"Bearer realm="api", error="invalid_token""#;
            Err(Problem::Unauthenticated(Challenge(challenge.to_owned())))
        }
    }
}

/// Puts on record that a token was believed. A caller may fetch new tokens faster than a journal wants
/// lines, and no quota has counted this request yet: the first few have a line, the others are counted.
fn believed(request: &ServiceRequest, principal: &Principal) -> Result<(), Problem> {
    let actor = principal.identity.actor();
    let event = Event::AuthnTokenOk;
    if shared::<EventAggregator>(request)?.is_first(Entry::new(event).by(actor.clone())) {
        let entry = request_audit::entry(request.request(), event);
        request_audit::journal(request.request())?.point(entry.by(actor));
    }
    Ok(())
}

/// Puts on record, and in the log, why a token was refused; of an address that sends many, the first few.
fn refused(request: &ServiceRequest, address: IpAddr, refusal: &TokenError) -> Result<(), Problem> {
    let (event, reason) = (Event::AuthnTokenFail, refusal.reason());
    let counted = Entry::new(event).because(reason).from(address);
    if shared::<EventAggregator>(request)?.is_first(counted) {
        let request = request.request();
        let id = request_id::of(request);
        let reason_code = reason.name();
        tracing::warn!(request.id = %id, reason = reason_code, error = %refusal, "access token refused");
        request_audit::journal(request)?
            .point(request_audit::entry(request, event).because(reason));
    }
    Ok(())
}

/// Counts a caller that has used its quota up.
fn exceeded(request: &ServiceRequest) {
    let extensions = request.extensions();
    let caller = extensions.get::<Arc<Principal>>();
    if let (Ok(aggregator), Some(caller)) = (shared::<EventAggregator>(request), caller) {
        let event = Entry::new(Event::ExcessRateLimitExceeded);
        let event = event.because(Policy::Caller.reason());
        aggregator.count(event.by(caller.identity.actor()));
    }
}

/// What `app` shares with the requests. Without it nobody is let in.
fn shared<T: 'static>(request: &ServiceRequest) -> Result<&web::Data<T>, Problem> {
    let missing = || Problem::Internal("authentication is not configured".into());
    request.app_data::<web::Data<T>>().ok_or_else(missing)
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
    let value = str::from_utf8(value.as_bytes()).unwrap_or_default();
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim_ascii()),
        _ => Err(Problem::Unauthenticated(allow::no_credentials())),
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
        assert_eq!(bearer(&headers).unwrap(), "a");
        headers.append(AUTHORIZATION, field("b"));
        assert!(bearer(&headers).is_err());
    }
}
