//! What a connection and its peer agreed on, for the log and the journal: who still speaks an old version, or a
//! group that a quantum computer breaks, is known before it is switched off.
//!
//! Controls: LO-04

use actix_web::HttpRequest;

use crate::audit::TlsSession;

/// The session of the connection that `request` came on: data of the connection.
#[must_use]
pub fn of(request: &HttpRequest) -> Option<TlsSession> {
    request.conn_data::<TlsSession>().copied()
}
