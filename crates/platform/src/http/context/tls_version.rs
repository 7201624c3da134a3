//! The version of TLS that a connection speaks, for the log and the journal: who still speaks an old one is known
//! before it is switched off.
//!
//! Controls: LO-04

use actix_web::HttpRequest;

/// The version of a connection, as `1.3`; data of the connection.
#[derive(Debug, Clone, Copy)]
pub struct TlsVersion(pub &'static str);

/// The version of the connection that `request` came on.
#[must_use]
pub fn of(request: &HttpRequest) -> Option<&'static str> {
    let version = request.conn_data::<TlsVersion>();
    version.map(|TlsVersion(name)| *name)
}
