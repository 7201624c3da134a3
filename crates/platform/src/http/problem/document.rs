//! How a problem looks on the wire (RFC 9457).
//!
//! All words are constants, chosen by the status: nothing that a client sent, a parser said or a
//! driver reported can reach a body from here.
//!
//! Controls: ER-02, ER-06

use actix_web::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Problem, Violation};
use crate::http::rate_limit::Policy;

/// The body of every 4xx and 5xx response.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument<'a> {
    /// What kind of problem, as a reference to its page.
    #[schema(
        max_length = 64,
        format = "uri-reference",
        examples("/problems/not-found")
    )]
    pub r#type: String,
    #[schema(max_length = 64, pattern = "^[ -~]+$")]
    pub title: &'static str,
    /// The status code of the response.
    #[schema(minimum = 400, maximum = 599, value_type = u16)]
    pub status: u16,
    #[schema(max_length = 200, pattern = "^[ -~]+$")]
    pub detail: &'static str,
    /// This occurrence: `urn:uuid:` and the value of `X-Request-Id`.
    #[schema(max_length = 45, format = "uri")]
    pub instance: String,
    /// Which members of the input, for 400, 409 and 422; on the admin listener, what is not ready.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(max_items = 256, required = false)]
    pub errors: &'a [Violation],
}

impl Problem {
    /// The document for this occurrence.
    #[must_use]
    pub fn document(&self, request_id: Uuid) -> ProblemDocument<'_> {
        let status = self.status();
        let (slug, title, detail) = words(self);
        ProblemDocument {
            r#type: format!("/problems/{slug}"),
            title,
            status: status.as_u16(),
            detail,
            instance: format!("urn:uuid:{request_id}"),
            errors: match self {
                Self::Malformed(found)
                | Self::Unprocessable(found)
                | Self::Conflict(found)
                | Self::AlreadyExists(found)
                | Self::LimitReached(found)
                | Self::NotReady(found) => found,
                _ => &[],
            },
        }
    }
}

/// Slug, title and detail of a problem; `docs/problems.md` says the same at length.
#[rustfmt::skip]
fn words(problem: &Problem) -> (&'static str, &'static str, &'static str) {
    match problem {
        Problem::QuotaExceeded(exceeded) => quota(exceeded.policy),
        Problem::ForeignOrigin | Problem::PreflightRefused => ("cross-origin-refused", "Cross-origin request refused", "Pages of this origin may not make this request."),
        Problem::AlreadyExists(_) => ("already-exists", "Already exists", "Something that exists already has a value that only one may have."),
        Problem::NotReady(_) => ("not-ready", "Not ready", "The service cannot work now. The errors say what it waits for."),
        Problem::LimitReached(_) => ("limit-reached", "Limit reached", "This caller has as many of these as one may have. Delete some first."),
        _ => words_of_status(problem.status()),
    }
}

/// Slug, title and detail of a quota that is used up.
#[rustfmt::skip]
fn quota(policy: Policy) -> (&'static str, &'static str, &'static str) {
    match policy {
        Policy::Address | Policy::Handshakes => ("address-quota-exceeded", "Quota of the address exceeded", "Too many requests came from this address. Retry-After says when to try again."),
        Policy::FailedAuthentication => ("failed-authentication-quota-exceeded", "Quota of failed authentications exceeded", "Too many credentials from this address were refused. Retry-After says when to try again."),
        Policy::Caller => ("caller-quota-exceeded", "Quota of the caller exceeded", "This caller made too many requests. Retry-After says when to try again."),
        Policy::Client => ("client-quota-exceeded", "Quota of the client exceeded", "All callers of this client together made too many requests. Retry-After says when to try again."),
        Policy::ApiKey => ("api-key-quota-exceeded", "Quota of the API key exceeded", "Too many requests were made with this API key. Retry-After says when to try again."),
        Policy::Writes => ("writes-quota-exceeded", "Quota of changes exceeded", "This caller made too many changes. Retry-After says when to try again."),
        Policy::Expensive => ("expensive-quota-exceeded", "Quota of expensive operations exceeded", "This caller used too many expensive operations. Retry-After says when to try again."),
    }
}

/// Slug, title and detail of a status that has one kind of problem, or one beside those above.
#[rustfmt::skip]
fn words_of_status(status: StatusCode) -> (&'static str, &'static str, &'static str) {
    match status.as_u16() {
        400 => ("malformed-request", "Malformed request", "The request does not have the syntax or shape that this operation reads."),
        401 => ("unauthenticated", "Unauthenticated", "This needs an access token that is valid, meant for this service and recent enough."),
        403 => ("forbidden", "Forbidden", "The access token does not permit this."),
        404 => ("not-found", "Not found", "There is nothing here that this caller may know of."),
        405 => ("method-not-allowed", "Method not allowed", "This resource does not have that method; Allow lists those it has."),
        406 => ("not-acceptable", "Not acceptable", "This service answers application/json and application/problem+json."),
        408 => ("request-timeout", "Request timeout", "The request did not arrive in time."),
        409 => ("conflict", "Conflict", "The resource is not in a state that permits this."),
        412 => ("precondition-failed", "Precondition failed", "The resource has changed since the version that If-Match names. Read it again."),
        413 => ("content-too-large", "Content too large", "The request body is larger than this operation accepts."),
        414 => ("target-too-long", "Request target too long", "The path and query are longer than this service accepts."),
        415 => ("unsupported-media-type", "Unsupported media type", "The request body must have a media type that this operation accepts, and no content coding."),
        417 => ("expectation-failed", "Expectation failed", "The only expectation that this service meets is 100-continue."),
        421 => ("misdirected-request", "Misdirected request", "This service does not answer for that host."),
        422 => ("invalid-input", "Invalid input", "The request was read, and breaks the rules that are listed."),
        428 => ("precondition-required", "Precondition required", "Name the version that you read: send its entity tag in If-Match."),
        // The one layer that answers a bare 429.
        429 => quota(Policy::Address),
        431 => ("head-too-large", "Request head too large", "The header fields are longer, or more, than this service accepts."),
        501 => ("not-implemented", "Not implemented", "The only transfer coding that this service reads is chunked."),
        503 => ("unavailable", "Unavailable", "The service cannot do this now. Try again later."),
        402..=499 => ("refused", "Request refused", "The service does not accept this request."),
        _ => ("internal", "Internal error", "Something went wrong here. Quote the instance when you report it."),
    }
}
