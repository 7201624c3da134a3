//! The answer to what the gate refused.

use actix_web::dev::ServiceRequest;

use crate::http::{
    audit_trail::request_audit,
    context::request_id,
    listener::gate::{ConnectionState, ProtocolError},
    problem::Problem,
};

/// The answer to a request that stands for a refused one; nothing for all others.
pub fn refused(request: &ServiceRequest) -> Option<Problem> {
    let refusal = ConnectionState::of(request.request())?.refusal()?;
    if request.method().as_str() != ProtocolError::METHOD {
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
fn problem(refusal: ProtocolError) -> Problem {
    match refusal {
        ProtocolError::Malformed => Problem::Malformed(Vec::new()),
        ProtocolError::CredentialsTwice => Problem::CredentialsTwice,
        ProtocolError::Origin => Problem::ForeignOrigin,
        ProtocolError::TooSlow => Problem::RequestTimeout,
        ProtocolError::TargetTooLong => Problem::TargetTooLong,
        ProtocolError::Expectation => Problem::ExpectationFailed,
        ProtocolError::Misdirected => Problem::Misdirected,
        ProtocolError::HeadTooLarge => Problem::HeadTooLarge,
        ProtocolError::NotImplemented => Problem::NotImplemented,
    }
}
