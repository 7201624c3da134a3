//! What the journal says of a watched request: what it says of any, the status, and the sizes.
//!
//! A watched caller is looked at, and not recorded: no body, no query, no header.

use actix_web::{
    body::{BodySize, MessageBody},
    dev::ServiceResponse,
    http::header::CONTENT_LENGTH,
};

use crate::{
    audit::{Event, Exchange},
    auth::Principal,
    http::{audit_trail::request_audit, context::Caller},
};

/// Puts an answered request on record.
pub(super) fn record(response: &ServiceResponse, caller: &Principal) {
    let request = response.request();
    let Ok(journal) = request_audit::journal(request) else {
        return;
    };
    // A problem gets its body in a layer further out.
    let sent = match response.response().body().size() {
        BodySize::Sized(bytes) if !is_problem(response) => Some(bytes),
        BodySize::None => Some(0),
        BodySize::Sized(_) | BodySize::Stream => None,
    };
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok());
    let exchange = Exchange {
        request_bytes: length.and_then(|length| length.parse().ok()),
        response_bytes: sent,
    };
    let entry = request_audit::entry(request, Event::ContainWatched);
    let entry = entry.by(caller.actor());
    journal.point(entry.status(response.status().as_u16()).exchange(exchange));
}

fn is_problem(response: &ServiceResponse) -> bool {
    let status = response.status();
    status.is_client_error() || status.is_server_error()
}
