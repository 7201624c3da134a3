//! What a line says of the request that it is about.

use std::net::SocketAddr;

use uuid::Uuid;

/// A request as it was received.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Received {
    pub method: &'static str,
    /// The template of the path, of a path that there is.
    pub route: Option<String>,
    /// What the client calls the request: a short text of plain characters.
    pub client_request_id: Option<String>,
    /// The trace that the request continues, where somebody else began it.
    pub trace_id: Option<Uuid>,
    /// The other end of the connection: behind a proxy, the proxy.
    pub peer: Option<SocketAddr>,
    pub tls: Option<TlsSession>,
    /// Name and version of the client's program, as it says itself.
    pub product: Option<String>,
}

/// What the two ends of a connection agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TlsSession {
    /// `1.3` or `1.2`.
    pub version: &'static str,
    pub suite: &'static str,
    /// The group that keys were exchanged in. A resumed session of TLS 1.2 exchanges none.
    pub group: Option<&'static str>,
}
