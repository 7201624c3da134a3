//! Everything that can go wrong, as RFC 9457 problem details.
//!
//! One exhaustive match maps a problem to its status, so an error cannot become the wrong answer by
//! accident, and a body is made of constants only: a parser's or a driver's words help an attacker
//! (ASVS 16.5.1). `document.rs` writes it out.
//!
//! Controls: ER-01, ER-02

pub mod document;
mod event;

use std::{error::Error, fmt};

pub use crate::json::violation::Violation;
use crate::{db::StoreError, http::rate_limit::Exceeded};
use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};

/// The `WWW-Authenticate` value of a 400, 401 or 403 (RFC 6750 §3, RFC 9470 §3).
///
/// It never says why a token was refused: the reason is for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge(pub String);

impl Challenge {
    /// For an access token, with these parameters behind the realm.
    pub(crate) fn bearer(parameters: &str) -> Self {
        Self(format!(r#"Bearer realm="api"{parameters}"#))
    }

    fn header(&self) -> Vec<(HeaderName, HeaderValue)> {
        HeaderValue::from_str(&self.0)
            .map(|value| vec![(header::WWW_AUTHENTICATE, value)])
            .unwrap_or_default()
    }
}

/// What a request can fail with.
#[derive(Debug)]
pub enum Problem {
    /// 400: not the right syntax or shape.
    Malformed(Vec<Violation>),
    /// 400: credentials twice, or in two ways (RFC 6750 §3.1).
    CredentialsTwice,
    /// 401: no acceptable credentials, or not recent enough.
    Unauthenticated(Challenge),
    /// 403: authenticated, and not allowed to.
    Forbidden(Option<Challenge>),
    /// 403: a page of another origin, which is not one of those allowed.
    ForeignOrigin,
    /// 403: a preflight for a method or a field that no operation has.
    PreflightRefused,
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
    /// 409: something that exists already has a value that only one may have.
    AlreadyExists(Vec<Violation>),
    /// 409: the caller has as many as one owner may have.
    LimitReached(Vec<Violation>),
    /// 412: `If-Match` names another version.
    PreconditionFailed,
    /// 413: the body is larger than allowed.
    ContentTooLarge,
    /// 414: the request target is longer than allowed.
    TargetTooLong,
    /// 415: with the header (`Accept-Post`, `Accept-Patch`, …) that says what is accepted.
    UnsupportedMediaType(&'static [(&'static str, &'static str)]),
    /// 417: an `Expect` that is not `100-continue`.
    ExpectationFailed,
    /// 421: the request is for a host that this service is not.
    Misdirected,
    /// 422: the right shape, and a rule broken.
    Unprocessable(Vec<Violation>),
    /// 428: a change without `If-Match`.
    PreconditionRequired,
    /// 429: a quota is used up.
    QuotaExceeded(Exceeded),
    /// 431: the head is longer than allowed, or has too many fields.
    HeadTooLarge,
    /// 501: a transfer coding that is not `chunked`.
    NotImplemented,
    /// 503: what the service stands on and is not as it should be, for operators.
    NotReady(Vec<Violation>),
    /// 503: something this service stands on is away.
    Unavailable(Box<dyn Error + Send + Sync>),
    /// 500: a defect of ours; the cause is for the log.
    Internal(Box<dyn Error + Send + Sync>),
    /// An error status that the framework chose; its own words are dropped.
    Other(StatusCode),
}

impl Problem {
    /// 400 about one place in the input.
    #[must_use]
    pub fn malformed(pointer: impl Into<String>, code: &'static str) -> Self {
        Self::Malformed(vec![Violation::new(pointer, code)])
    }

    /// 409 about one member.
    #[must_use]
    pub fn conflict(pointer: impl Into<String>, code: &'static str) -> Self {
        Self::Conflict(vec![Violation::new(pointer, code)])
    }

    /// 422 about one member, or with an empty pointer about all of them together.
    #[must_use]
    pub fn unprocessable(pointer: impl Into<String>, code: &'static str) -> Self {
        Self::Unprocessable(vec![Violation::new(pointer, code)])
    }

    /// 409 about how many the caller has.
    #[must_use]
    pub fn limit_reached(code: &'static str) -> Self {
        Self::LimitReached(vec![Violation::new("", code)])
    }

    /// The cause and the causes of it, for the log: a problem that is not the client's doing has one.
    #[must_use]
    pub fn cause_chain(&self) -> Option<String> {
        let (Self::Unavailable(cause) | Self::Internal(cause)) = self else {
            return None;
        };
        let causes = std::iter::successors(cause.source(), |&cause| cause.source());
        Some(causes.fold(cause.to_string(), |text, cause| {
            let cause = cause.to_string();
            // Many errors say their cause themselves.
            if text.ends_with(&cause) {
                text
            } else {
                format!("{text}: {cause}")
            }
        }))
    }

    /// The one map from problems to statuses.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) | Self::CredentialsTwice => StatusCode::BAD_REQUEST,
            Self::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) | Self::ForeignOrigin | Self::PreflightRefused => {
                StatusCode::FORBIDDEN
            }
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict(_) | Self::AlreadyExists(_) | Self::LimitReached(_) => {
                StatusCode::CONFLICT
            }
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::ContentTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TargetTooLong => StatusCode::URI_TOO_LONG,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::ExpectationFailed => StatusCode::EXPECTATION_FAILED,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::Unprocessable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::QuotaExceeded(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::NotImplemented => StatusCode::NOT_IMPLEMENTED,
            Self::NotReady(_) | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Other(status) => *status,
        }
    }

    /// The header fields that this problem needs beside the body.
    pub fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        match self {
            Self::CredentialsTwice => Challenge::bearer(r#", error="invalid_request""#).header(),
            Self::Unauthenticated(challenge) | Self::Forbidden(Some(challenge)) => {
                challenge.header()
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
            Self::QuotaExceeded(exceeded) => {
                vec![(header::RETRY_AFTER, exceeded.retry_after().into())]
            }
            Self::NotReady(_) | Self::Unavailable(_) => {
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

    /// Only the status: the layer `finish` writes headers and body, with the request's id.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status())
    }
}

impl From<Exceeded> for Problem {
    fn from(exceeded: Exceeded) -> Self {
        Self::QuotaExceeded(exceeded)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(..) => Self::Unavailable(error.into()),
            StoreError::Taken(code) => Self::AlreadyExists(vec![Violation::new("", code)]),
            StoreError::Failed(_) | StoreError::Corrupt(_) => Self::Internal(error.into()),
        }
    }
}
