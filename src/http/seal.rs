//! The outermost layer: what every response carries, whoever made it.
//!
//! Headers set handler by handler are forgotten on the error paths, so they are set here, once, on
//! successes, problems, framework answers and panics alike (CONTROLS HD-01…07, ER-03).

use std::panic::AssertUnwindSafe;

use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        ConnectionType,
        header::{
            self, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName,
            HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
            X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
};
use futures_util::FutureExt;
use tracing_actix_web::RequestId;
use uuid::Uuid;

use super::problem::Problem;

/// The identifier of a request, made here: a client cannot choose what the log is searched for.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// The security headers, each with the attack it stops.
const SECURITY_HEADERS: [(HeaderName, HeaderValue); 10] = [
    // TLS stripping: two years of HTTPS only (RFC 6797).
    (
        STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static("max-age=63072000; includeSubDomains"),
    ),
    // A browser that guesses another type and runs it.
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // Someone else's answer out of a cache.
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    // Script, framing and form posts, should an answer ever be rendered as a page.
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
        ),
    ),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    // Identifiers in the URL leaking to another site.
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    // Another site embedding an answer and reading it through a side channel (Spectre, XSSI).
    (
        header::CROSS_ORIGIN_RESOURCE_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
    // Powerful browser features, should an answer ever be rendered as a page.
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
    ),
    // Plug-ins that ask for a cross-domain policy; search engines that would list an answer.
    (
        HeaderName::from_static("x-permitted-cross-domain-policies"),
        HeaderValue::from_static("none"),
    ),
    (
        HeaderName::from_static("x-robots-tag"),
        HeaderValue::from_static("noindex"),
    ),
];

/// Finishes the response of `next`, however it ended.
///
/// # Errors
/// Never an unsealed one: an error that left no request to answer is a sealed response in itself.
pub async fn seal(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = request
        .extensions()
        .get::<RequestId>()
        .map_or_else(Uuid::nil, |id| **id);

    let outcome = AssertUnwindSafe(async { next.call(request).await })
        .catch_unwind()
        .await;
    match outcome {
        Ok(Ok(response)) => Ok(sealed(response, id)),
        Ok(Err(error)) => Err(from_error(&error, id)),
        Err(panic) => {
            let panic = Problem::Internal(message(&*panic).into());
            Err(from_error(&panic.into(), id))
        }
    }
}

fn sealed(
    response: ServiceResponse<impl MessageBody + 'static>,
    id: Uuid,
) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let mut response = if status.is_client_error() || status.is_server_error() {
        let problem = response.response().error().map(|error| render(error, id));
        let problem = problem.unwrap_or_else(|| write(&Problem::Other(status), id));
        response.into_response(problem)
    } else {
        response.map_into_boxed_body()
    };
    finish(response.headers_mut(), id);
    response
}

/// An error, and so a response without its request: actix sends what is in it.
fn from_error(error: &Error, id: Uuid) -> Error {
    let mut response = render(error, id);
    finish(response.headers_mut(), id);
    InternalError::from_response("already logged", response).into()
}

fn render(error: &Error, id: Uuid) -> HttpResponse {
    match error.as_error::<Problem>() {
        Some(problem) => {
            if let Problem::Internal(cause) | Problem::Unavailable(cause) = problem {
                tracing::error!(cause = %chain(&**cause), "request failed");
            }
            write(problem, id)
        }
        None => write(&Problem::Other(error.as_response_error().status_code()), id),
    }
}

fn write(problem: &Problem, id: Uuid) -> HttpResponse {
    let body = serde_json::to_vec(&problem.document(id)).unwrap_or_default();
    let mut response = HttpResponse::with_body(problem.status(), BoxBody::new(body));
    for (name, value) in problem.headers() {
        response.headers_mut().insert(name, value);
    }
    response.headers_mut().insert(CONTENT_TYPE, PROBLEM_JSON);
    if problem.closes_connection() {
        response
            .head_mut()
            .set_connection_type(ConnectionType::Close);
    }
    response
}

fn finish(headers: &mut HeaderMap, id: Uuid) {
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, value);
    }
    let mut buffer = Uuid::encode_buffer();
    if let Ok(id) = HeaderValue::from_str(id.hyphenated().encode_lower(&mut buffer)) {
        headers.insert(X_REQUEST_ID, id);
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// What a panic said. It goes to the log and nowhere else.
fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panic: {}", text.unwrap_or("(no message)"))
}
