//! Why the gate refuses a request, and how the client gets an answer all the same.
//!
//! The framework answers malformed bytes by itself: without security headers, request id, problem document
//! or a line in the journal. So the framework never sees them. The gate throws them away and puts a request
//! of its own in their place, which takes the way of every other request up to the layer `finish`:
//!
//! ```text
//!  client            gate                    framework         layer finish          router
//!    |                |                          |                  |                  |
//!    |-- bad bytes -->| throws them away,        |                  |                  |
//!    |                | keeps the ProtocolError  |                  |                  |
//!    |                | in ConnectionState       |                  |                  |
//!    |                |-- REFUSED / HTTP/1.1 --->|                  |                  |
//!    |                |   connection: close      |-- a request ---->|                  |
//!    |                |                          |                  | method REFUSED   |
//!    |                |                          |                  | and an error in  |
//!    |                |                          |                  | ConnectionState? |
//!    |<- 400 … 501, problem document, headers, connection: close ---| (router not      |
//!    |                |                          |                  |  asked)          |
//! ```
//!
//! A client may send `REFUSED /` itself: then `ConnectionState` holds no error, and the method is one that
//! no resource has. `middleware/refused.rs` has the map from errors to problems.

/// Why a request does not pass. Each is one status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProtocolError {
    /// 400: syntax, ambiguous framing, a field that may stand once and stands twice.
    Malformed,
    /// 400: two `Authorization` fields.
    CredentialsTwice,
    /// 403: a page asks, at a listener that no page may call.
    Origin,
    /// 408: the head did not arrive in time.
    TooSlow,
    /// 414: the target is too long.
    TargetTooLong,
    /// 417: an expectation other than `100-continue`.
    Expectation,
    /// 421: a host that is not ours.
    Misdirected,
    /// 431: the head is too long, or has too many fields.
    HeadTooLarge,
    /// 501: a transfer coding that is not `chunked`.
    NotImplemented,
}

impl ProtocolError {
    /// The method of the request that stands for a refused one. A client may send it as well: it is
    /// then a method like any other that no resource has.
    pub const METHOD: &'static str = "REFUSED";
    /// The request that stands for a refused one.
    pub(super) const AS_REQUEST: &'static [u8] =
        b"REFUSED / HTTP/1.1\r\nhost: refused.invalid\r\nconnection: close\r\n\r\n";
}
