//! The answer to what the gate refused.

use std::rc::Rc;

use actix_web::dev::ServiceRequest;

use super::{Exchange, Refusal};
use crate::http::{audit_trail::request_audit, context::request_id, problem::Problem};

/// The answer to a request that stands for a refused one; nothing for all others.
pub fn refused(request: &ServiceRequest) -> Option<Problem> {
    let exchange = request.conn_data::<Rc<Exchange>>()?;
    let refusal = exchange.refusal.get()?;
    if request.method().as_str() != Refusal::METHOD {
        return None;
    }
    let problem = problem(refusal);
    if let (Some(event), Some(reason)) = problem.event() {
        let id = request_id::of(request.request());
        tracing::debug!(request.id = %id, reason = reason.name(), "request refused at the gate");
        request_audit::count(request.request(), event, reason);
    }
    Some(problem)
}

/// What the client is told.
fn problem(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Malformed => Problem::Malformed(Vec::new()),
        Refusal::TooSlow => Problem::RequestTimeout,
        Refusal::TargetTooLong => Problem::TargetTooLong,
        Refusal::Expectation => Problem::ExpectationFailed,
        Refusal::Misdirected => Problem::Misdirected,
        Refusal::HeadTooLarge => Problem::HeadTooLarge,
        Refusal::NotImplemented => Problem::NotImplemented,
    }
}
