//! The layer that every response leaves through, however it was made.
//!
//! It answers what the gate refused, catches panics, and then takes the same steps for all: problem,
//! security headers, and the end of the request on its connection. The steps are in the files beside it.
//!
//! Controls: ER-03

use std::{panic::AssertUnwindSafe, rc::Rc};

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{ConnectionType, StatusCode, header::HeaderMap},
    middleware::Next,
};
use futures_util::FutureExt;
use uuid::Uuid;

use super::{
    cors::{self, Page},
    problem_response::Rendered,
    refused, security_headers,
    unexpected::Unexpected,
};
use crate::audit::Event;
use crate::http::{
    audit_trail::request_audit,
    context::{
        RequestContext,
        page_policy::PagePolicy,
        request_id, trace,
        traffic::{Local, UnderWay, Worker},
    },
    listener::gate::{ConnectionState, ReleaseOnDrop},
    problem::Problem,
    rate_limit::Policy,
};
use crate::spans::{self, Root};

/// Finishes the response of `next`, however it ended.
///
/// # Errors
/// An error that left no request to answer. The response in it is finished too.
pub async fn finish_response(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = request_id::of(request.request());
    let unexpected = Unexpected::of(&request, id);
    let root = trace::begin(request.request());
    let mut finish = Finish {
        id,
        root: None,
        under_way: under_way(&request),
        page: Page::of(request.request()),
        connection: ConnectionState::of(request.request()),
    };
    if finish.page.is_some() {
        cors::join_requested_headers(&mut request);
    }
    let answer = async {
        match refused::refused(&request) {
            Some(problem) => Ok::<_, Error>(request.error_response(problem)),
            None => Ok(next.call(request).await?.map_into_boxed_body()),
        }
    };
    let outcome = AssertUnwindSafe(spans::during(id, root.as_ref(), answer))
        .catch_unwind()
        .await;
    finish.root = root;
    match outcome {
        Ok(Ok(response)) => {
            if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
                unexpected.record(Event::UnexpectedError);
            }
            Ok(finish.answered(response))
        }
        Ok(Err(error)) => {
            unexpected.record(Event::UnexpectedError);
            Err(finish.unanswered(Some(&error), error.error_response()))
        }
        // The panic hook has logged it, with the id of this request.
        Err(_) => {
            unexpected.record(Event::SysPanic);
            let response = HttpResponse::InternalServerError().finish();
            Err(finish.unanswered(None, response))
        }
    }
}

/// The request as it is counted; nothing where nobody counts.
fn under_way(request: &ServiceRequest) -> Option<UnderWay> {
    let worker = request.app_data::<Local<Worker>>()?;
    let started = RequestContext::read(request.request(), |context| context.started)?;
    Some(UnderWay::begin(worker, request.method(), started))
}

/// What is known of a request after it has been handed on.
struct Finish {
    id: Uuid,
    root: Option<Root>,
    under_way: Option<UnderWay>,
    page: Option<Page>,
    connection: Option<Rc<ConnectionState>>,
}

impl Finish {
    fn answered(mut self, response: ServiceResponse) -> ServiceResponse {
        let status = response.status();
        if let Some(root) = self.root.take() {
            root.answered(response.request().match_pattern(), status.as_u16());
        }
        self.count(response.response().error(), status);
        let mut response = if status.is_client_error() || status.is_server_error() {
            let (request, response) = response.into_parts();
            request_audit::refused(&request, response.error(), status);
            let rendered = match cors::refusal(&request, response.error()) {
                Some(problem) => Rendered::of_problem(&problem, self.id),
                None => Rendered::of(response.error(), status, self.id),
            };
            ServiceResponse::new(request, rendered.into_response(response))
        } else {
            response
        };
        self.end_connection(response.response_mut());
        let policy = response.response_mut().extensions_mut().remove();
        write_headers(response.headers_mut(), self.id, self.page, policy);
        response.map_body(|_, body| release(self.connection, body))
    }

    /// Says that the answer is the last one on its connection, where it is.
    fn end_connection(&self, response: &mut HttpResponse) {
        let ends = |state: &Rc<ConnectionState>| {
            // A body that the client was not asked for may come or not.
            state.is_held() || state.ends_after_answer()
        };
        if self.connection.as_ref().is_some_and(ends) {
            let head = response.head_mut();
            head.set_connection_type(ConnectionType::Close);
        }
    }

    /// Counts the answer by its operation, and what refused it by its quota.
    fn count(&self, error: Option<&Error>, status: StatusCode) {
        let Some(under_way) = &self.under_way else {
            return;
        };
        let reached = self.connection.as_ref().and_then(|state| state.reached());
        under_way.answered(reached.as_deref().map(|counters| &**counters), status);
        if status == StatusCode::TOO_MANY_REQUESTS {
            let problem = error.and_then(|error| error.as_error());
            under_way.refused(match problem {
                Some(Problem::QuotaExceeded(exceeded)) => exceeded.policy,
                // Bare: it comes from the limiter of addresses.
                _ => Policy::Address,
            });
        }
    }

    /// An error that left no request to answer: the framework sends the response that is in it.
    fn unanswered(mut self, error: Option<&Error>, response: HttpResponse) -> Error {
        if let Some(root) = self.root.take() {
            root.answered(None, response.status().as_u16());
        }
        let problem = error.and_then(|error| error.as_error::<Problem>());
        if let Some(cause) = problem.and_then(Problem::cause_chain) {
            tracing::error!(request.id = %self.id, cause, "request failed");
        }
        self.count(error, response.status());
        let rendered = Rendered::of(error, response.status(), self.id);
        let mut response = rendered.into_response(response);
        self.end_connection(&mut response);
        write_headers(response.headers_mut(), self.id, self.page, None);
        let response = response.map_body(|_, body| release(self.connection, body));
        InternalError::from_response("already logged", response).into()
    }
}

fn write_headers(
    headers: &mut HeaderMap,
    id: Uuid,
    page: Option<Page>,
    policy: Option<PagePolicy>,
) {
    if let Some(page) = page {
        page.add_cors_to_early_answer(headers);
    }
    security_headers::write(headers, id, policy);
}

/// When the body is gone, the next request on this connection may pass.
fn release(connection: Option<Rc<ConnectionState>>, body: BoxBody) -> BoxBody {
    BoxBody::new(ReleaseOnDrop::with(connection, body))
}
