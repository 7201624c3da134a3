//! The answer to what the gate refused: a layer right inside the seal.

use std::rc::Rc;

use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};

use super::{Exchange, Refusal};
use crate::http::problem::Problem;

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
        tracing::warn!(?refusal, "request refused at the gate");
        return Ok(request.error_response(problem(refusal)));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

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
