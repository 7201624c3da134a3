//! The answer to what the gate refused: a layer right inside the seal.

use std::rc::Rc;

use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};

use super::{Exchange, Refusal};
use crate::{
    audit::Event,
    http::{problem::Problem, record},
};

/// Answers the request that stands for a refused one; lets all others on.
///
/// # Errors
/// As `next` does.
pub async fn refuse(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let refusal = request
        .conn_data::<Rc<Exchange>>()
        .and_then(|exchange| exchange.refusal.get())
        .filter(|_| request.method().as_str() == Refusal::METHOD);
    if let Some(refusal) = refusal {
        let (problem, reason) = meaning(refusal);
        tracing::debug!(reason, "request refused at the gate");
        record::count(request.request(), Event::MaliciousProtocol, reason);
        return Ok(request.error_response(problem));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
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
