//! The answer to what the gate refused.

use std::rc::Rc;

use actix_web::dev::ServiceRequest;

use super::{Exchange, Refusal};
use crate::{
    audit::Event,
    http::{problem::Problem, record, request_id},
};

/// The answer to a request that stands for a refused one; nothing for all others.
pub fn refused(request: &ServiceRequest) -> Option<Problem> {
    let exchange = request.conn_data::<Rc<Exchange>>()?;
    let refusal = exchange.refusal.get()?;
    if request.method().as_str() != Refusal::METHOD {
        return None;
    }
    let (problem, reason) = meaning(refusal);
    let id = request_id::of(request.request());
    tracing::debug!(request.id = %id, reason, "request refused at the gate");
    record::count(request.request(), Event::MaliciousProtocol, reason);
    Some(problem)
}

/// What the client is told, and what the log and the journal are.
fn meaning(refusal: Refusal) -> (Problem, &'static str) {
    match refusal {
        Refusal::Malformed => (Problem::Malformed(Vec::new()), "malformed"),
        Refusal::TooSlow => (Problem::RequestTimeout, "too_slow"),
        Refusal::TargetTooLong => (Problem::TargetTooLong, "target_too_long"),
        Refusal::Expectation => (Problem::ExpectationFailed, "expectation"),
        Refusal::Misdirected => (Problem::Misdirected, "misdirected"),
        Refusal::HeadTooLarge => (Problem::HeadTooLarge, "head_too_large"),
        Refusal::NotImplemented => (Problem::NotImplemented, "transfer_coding"),
    }
}
