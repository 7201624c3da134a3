//! The outermost layer: what every response carries, whoever made it.
//!
//! Headers set handler by handler are forgotten on the error paths, so they are set here, once, on
//! successes, problems, framework answers and panics alike.
//!
//! Controls: ER-03, HD-01, HD-02, HD-03, HD-04, HD-05, HD-06, HD-07

use std::{panic::AssertUnwindSafe, rc::Rc};

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        ConnectionType, StatusCode,
        header::{
            self, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName,
            HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
            X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    web::Data,
};
use futures_util::FutureExt;
use uuid::Uuid;

use super::{
    cors::{self, Page},
    refused,
};
use crate::audit::{Entry, Event, Journal};
use crate::http::{
    audit_trail::{aggregator::EventAggregator, request_audit},
    context::request_id::{self, X_REQUEST_ID},
    listener::gate::{ConnectionState, ReleaseOnDrop},
    problem::Problem,
};

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
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = request_id::of(request.request());
    let journal = request.app_data::<Data<Journal>>().cloned();
    let aggregator = request.app_data::<Data<EventAggregator>>().cloned();
    // A defect that anybody can reach must not let them write the journal: the first few have a line.
    let unexpected = |event| {
        let aggregator = aggregator.as_ref();
        let entry = Entry::new(event).status(500);
        if aggregator.is_none_or(|aggregator| aggregator.is_first(entry.clone()))
            && let Some(journal) = &journal
        {
            journal.point(entry.request(id));
        }
    };
    // However it ends, the next request on this connection may pass when its body is gone.
    let connection = ConnectionState::of(request.request());
    let page = Page::of(request.request());
    if page.is_some() {
        cors::join_requested_headers(&mut request);
    }
    let answer = async {
        match refused::refused(&request) {
            Some(problem) => Ok::<_, Error>(request.error_response(problem)),
            None => Ok(next.call(request).await?.map_into_boxed_body()),
        }
    };
    let outcome = AssertUnwindSafe(request_id::during(id, answer))
        .catch_unwind()
        .await;
    match outcome {
        Ok(Ok(response)) => {
            if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
                unexpected(Event::UnexpectedError);
            }
            let mut response = sealed(response, id, page);
            if connection
                .as_ref()
                .is_some_and(|connection| connection.is_held())
            {
                // A body that the client was not asked for may come or not.
                let head = response.response_mut().head_mut();
                head.set_connection_type(ConnectionType::Close);
            }
            Ok(response.map_body(|_, body| finished(connection, body)))
        }
        Ok(Err(error)) => {
            let response = error.error_response();
            unexpected(Event::UnexpectedError);
            Err(unanswered(Some(&error), response, id, page, connection))
        }
        // The panic hook has logged it, with the id of this request.
        Err(_) => {
            let response = HttpResponse::InternalServerError().finish();
            unexpected(Event::SysPanic);
            Err(unanswered(None, response, id, page, connection))
        }
    }
}

fn finished(connection: Option<Rc<ConnectionState>>, body: BoxBody) -> BoxBody {
    BoxBody::new(ReleaseOnDrop::with(connection, body))
}

fn sealed(response: ServiceResponse, id: Uuid, page: Option<Page>) -> ServiceResponse {
    let mut response = if response.status().is_client_error() || response.status().is_server_error()
    {
        let (request, response) = response.into_parts();
        request_audit::refused(&request, response.error(), response.status());
        let rendered = match cors::refusal(&request, response.error()) {
            Some(problem) => Rendered::of_problem(&problem, id),
            None => Rendered::of(response.error(), response.status(), id),
        };
        ServiceResponse::new(request, rendered.into_response(response))
    } else {
        response
    };
    finish(response.headers_mut(), id, page);
    response
}

/// An error that left no request to answer: actix sends the response that is in it.
fn unanswered(
    error: Option<&Error>,
    response: HttpResponse,
    id: Uuid,
    page: Option<Page>,
    connection: Option<Rc<ConnectionState>>,
) -> Error {
    let problem = error.and_then(|error| error.as_error::<Problem>());
    if let Some(cause) = problem.and_then(Problem::cause_chain) {
        tracing::error!(request.id = %id, cause, "request failed");
    }
    let mut response = Rendered::of(error, response.status(), id).into_response(response);
    finish(response.headers_mut(), id, page);
    let response = response.map_body(|_, body| finished(connection, body));
    InternalError::from_response("already logged", response).into()
}

/// A problem, ready for the wire.
struct Rendered {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Vec<u8>,
    closes_connection: bool,
}

impl Rendered {
    /// Our own problem, when the error is one; else the one of that status.
    fn of(error: Option<&Error>, status: StatusCode, id: Uuid) -> Self {
        let other = Problem::Other(status);
        let problem = error.and_then(|error| error.as_error()).unwrap_or(&other);
        Self::of_problem(problem, id)
    }

    fn of_problem(problem: &Problem, id: Uuid) -> Self {
        Self {
            status: problem.status(),
            headers: problem.headers(),
            body: serde_json::to_vec(&problem.document(id)).unwrap_or_default(),
            closes_connection: problem.closes_connection(),
        }
    }

    /// The document in place of whatever body there was. The other header fields stay: layers within
    /// wrote them, so that a page of an allowed origin can read problems too.
    fn into_response(self, response: HttpResponse<impl MessageBody>) -> HttpResponse {
        let mut response = response.set_body(BoxBody::new(self.body));
        *response.status_mut() = self.status;
        for (name, value) in self.headers {
            response.headers_mut().insert(name, value);
        }
        response.headers_mut().insert(CONTENT_TYPE, PROBLEM_JSON);
        if self.closes_connection {
            response
                .head_mut()
                .set_connection_type(ConnectionType::Close);
        }
        response
    }
}

fn finish(headers: &mut HeaderMap, id: Uuid, page: Option<Page>) {
    if let Some(page) = page {
        page.add_cors_to_early_answer(headers);
    }
    headers.reserve(SECURITY_HEADERS.len() + 1);
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, value);
    }
    let mut buffer = Uuid::encode_buffer();
    if let Ok(id) = HeaderValue::from_str(id.hyphenated().encode_lower(&mut buffer)) {
        headers.insert(X_REQUEST_ID, id);
    }
}
