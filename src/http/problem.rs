//! Everything that can go wrong, as RFC 9457 problem details.
//!
//! One exhaustive match maps a problem to its status, so an error cannot become the wrong answer by
//! accident, and a body is made of constants only: a parser's or a driver's words help an attacker
//! (ASVS 16.5.1; CONTROLS ER-01, ER-02). `seal.rs` writes it out.

use std::{error::Error, fmt};

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::StoreError;

/// One rule that an input breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Violation {
    /// Where: a JSON pointer (RFC 6901) into the body, or `/name` of a query parameter.
    #[schema(max_length = 256, examples("/customer_email"))]
    pub pointer: String,
    /// What, as a stable code; the list is in `docs/api-design.md`.
    #[schema(max_length = 64, examples("not_an_email_address"))]
    pub code: &'static str,
}

impl Violation {
    #[must_use]
    pub fn new(pointer: impl Into<String>, code: &'static str) -> Self {
        Self {
            pointer: pointer.into(),
            code,
        }
    }
}

/// The `WWW-Authenticate` value of a 401 or 403 (RFC 6750 §3, RFC 9470 §3).
///
/// It never says why a token was refused: the reason is for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge(pub String);

/// What a request can fail with.
#[derive(Debug)]
pub enum Problem {
    /// 400: not the right syntax or shape.
    Malformed(Vec<Violation>),
    /// 401: no acceptable credentials, or not recent enough.
    Unauthenticated(Challenge),
    /// 403: authenticated, and not allowed to.
    Forbidden(Option<Challenge>),
    /// 404: absent, or not for this caller to know of. Both are the same answer.
    NotFound,
    /// 405: with the methods this resource has.
    MethodNotAllowed(HeaderValue),
    /// 406: none of the representations here is acceptable.
    NotAcceptable,
    /// 408: the request did not arrive in time.
    RequestTimeout,
    /// 409: the resource is not in a state that permits it.
    Conflict(Vec<Violation>),
    /// 412: `If-Match` names another version.
    PreconditionFailed,
    /// 413: the body is larger than allowed.
    ContentTooLarge,
    /// 415: with the header (`Accept-Post`, `Accept-Patch`, …) that says what is accepted.
    UnsupportedMediaType(&'static [(&'static str, &'static str)]),
    /// 422: the right shape, and a rule broken.
    Unprocessable(Vec<Violation>),
    /// 428: a change without `If-Match`.
    PreconditionRequired,
    /// 503: something this service stands on is away.
    Unavailable(Box<dyn Error + Send + Sync>),
    /// 500: a defect of ours; the cause is for the log.
    Internal(Box<dyn Error + Send + Sync>),
    /// An error status that the framework chose; its own words are dropped.
    Other(StatusCode),
}

/// What a problem type always says: its slug, title and detail.
struct Text(&'static str, &'static str, &'static str);

impl Problem {
    /// 400 about one place in the input.
    #[must_use]
    pub fn malformed(pointer: impl Into<String>, code: &'static str) -> Self {
        Self::Malformed(vec![Violation::new(pointer, code)])
    }

    /// 409 about one member.
    #[must_use]
    pub fn conflict(pointer: &'static str, code: &'static str) -> Self {
        Self::Conflict(vec![Violation::new(pointer, code)])
    }

    /// The one map from problems to statuses.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::ContentTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unprocessable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Other(status) => *status,
        }
    }

    /// The header fields that this problem needs beside the body.
    pub fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        match self {
            Self::Unauthenticated(challenge) | Self::Forbidden(Some(challenge)) => {
                HeaderValue::from_str(&challenge.0)
                    .map(|value| vec![(header::WWW_AUTHENTICATE, value)])
                    .unwrap_or_default()
            }
            Self::MethodNotAllowed(allow) => vec![(header::ALLOW, allow.clone())],
            Self::UnsupportedMediaType(accepted) => accepted
                .iter()
                .map(|(name, value)| {
                    (
                        HeaderName::from_static(name),
                        HeaderValue::from_static(value),
                    )
                })
                .collect(),
            Self::Unavailable(_) => {
                vec![(header::RETRY_AFTER, HeaderValue::from_static("5"))]
            }
            _ => Vec::new(),
        }
    }

    /// Whether the rest of the request stays unread, so that the connection must end.
    #[must_use]
    pub fn closes_connection(&self) -> bool {
        matches!(self, Self::ContentTooLarge | Self::RequestTimeout)
    }

    /// The document for this occurrence.
    #[must_use]
    pub fn document(&self, request_id: Uuid) -> ProblemDocument<'_> {
        let status = self.status();
        let Text(slug, title, detail) = text(status);
        ProblemDocument {
            r#type: format!("/problems/{slug}"),
            title,
            status: status.as_u16(),
            detail,
            instance: format!("urn:uuid:{request_id}"),
            errors: match self {
                Self::Malformed(found) | Self::Unprocessable(found) | Self::Conflict(found) => {
                    found
                }
                _ => &[],
            },
        }
    }
}

/// The words for a status; `docs/problems.md` says the same at length.
fn text(status: StatusCode) -> Text {
    match status.as_u16() {
        400 => Text(
            "malformed-request",
            "Malformed request",
            "The request does not have the syntax or shape that this operation reads.",
        ),
        401 => Text(
            "unauthenticated",
            "Unauthenticated",
            "This needs an access token that is valid, meant for this service and recent enough.",
        ),
        403 => Text(
            "forbidden",
            "Forbidden",
            "The access token does not permit this.",
        ),
        404 => Text(
            "not-found",
            "Not found",
            "There is nothing here that this caller may know of.",
        ),
        405 => Text(
            "method-not-allowed",
            "Method not allowed",
            "This resource does not have that method; Allow lists those it has.",
        ),
        406 => Text(
            "not-acceptable",
            "Not acceptable",
            "This service answers application/json and application/problem+json.",
        ),
        408 => Text(
            "request-timeout",
            "Request timeout",
            "The request did not arrive in time.",
        ),
        409 => Text(
            "conflict",
            "Conflict",
            "The resource is not in a state that permits this.",
        ),
        412 => Text(
            "precondition-failed",
            "Precondition failed",
            "The resource has changed since the version that If-Match names. Read it again.",
        ),
        413 => Text(
            "content-too-large",
            "Content too large",
            "The request body is larger than this operation accepts.",
        ),
        415 => Text(
            "unsupported-media-type",
            "Unsupported media type",
            "The request body must have a media type that this operation accepts, and no content coding.",
        ),
        422 => Text(
            "invalid-input",
            "Invalid input",
            "The request was read, and breaks the rules that are listed.",
        ),
        428 => Text(
            "precondition-required",
            "Precondition required",
            "Name the version that you read: send its entity tag in If-Match.",
        ),
        503 => Text(
            "unavailable",
            "Unavailable",
            "The service cannot do this now. Try again later.",
        ),
        400..=499 => Text(
            "refused",
            "Request refused",
            "The service does not accept this request.",
        ),
        _ => Text(
            "internal",
            "Internal error",
            "Something went wrong here. Quote the instance when you report it.",
        ),
    }
}

/// The body of every 4xx and 5xx response: RFC 9457 problem details.
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
    #[schema(max_length = 64)]
    pub title: &'static str,
    /// The status code of the response.
    #[schema(minimum = 400, maximum = 599, value_type = u16)]
    pub status: u16,
    #[schema(max_length = 200)]
    pub detail: &'static str,
    /// This occurrence: `urn:uuid:` and the value of `X-Request-Id`.
    #[schema(max_length = 45, format = "uri")]
    pub instance: String,
    /// Which members of the input, for 400, 409 and 422.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(max_items = 256, required = false)]
    pub errors: &'a [Violation],
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(cause) | Self::Internal(cause) => {
                write!(f, "{}: {cause}", self.status())
            }
            _ => write!(f, "{}", self.status()),
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    /// Only the status: the seal writes headers and body, with the request's id.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Unavailable(error.into()),
            StoreError::Failed(_) | StoreError::Corrupt(_) => Self::Internal(error.into()),
        }
    }
}
