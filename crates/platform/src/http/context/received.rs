//! How a request was received, for the journal.
//!
//! Controls: LO-04

use actix_web::HttpRequest;

use super::{product, request_id, tls_session, trace};
use crate::audit::Received;

/// What a line of the journal says of `request`.
#[must_use]
pub fn of(request: &HttpRequest) -> Received {
    Received {
        method: trace::method(request),
        route: request.match_pattern(),
        client_request_id: request_id::of_client(request).map(Into::into),
        trace_id: trace::continued(request),
        peer: request.peer_addr(),
        tls: tls_session::of(request),
        product: product::of(request).map(Into::into),
    }
}
