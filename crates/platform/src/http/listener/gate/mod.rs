//! The gate: nothing reaches the framework that is not one well-formed request, in bounded time.
//!
//! Middleware runs when a request has been parsed, which is too late for bytes that are malformed,
//! endless or never come: the framework answers those itself, without headers, or waits. So the
//! accepted stream is wrapped. [`head`] decides on each request head, [`framing`] knows where its
//! body ends, `stream` holds the deadlines. One request passes at a time: the next waits until the
//! body of the response is dropped ([`ReleaseOnDrop`]). `protocol_error` says how a
//! refused request gets an answer.

pub mod conceal;
pub mod framing;
pub mod head;
mod protocol_error;
mod release_on_drop;
mod stream;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    task::{Context, Waker},
    time::Duration,
};

use actix_web::HttpRequest;

pub use protocol_error::ProtocolError;
pub use release_on_drop::ReleaseOnDrop;
pub use stream::Gate;

use super::connections::Connection;
use crate::{
    config,
    http::context::traffic::{Counters, Local},
};

/// The path that is answered for any address as `Host`: an orchestrator's probe calls by one, a balancer's
/// check by HTTP/1.0 perhaps by nothing.
pub const PROBE_PATH: &str = "/healthz";

/// What the gate of a connection and the requests on it tell each other.
pub struct ConnectionState {
    /// What the other connections of the listener are told of it.
    connection: Connection,
    /// What was refused last.
    refusal: Cell<Option<ProtocolError>>,
    /// Whether a request has passed and its response is not finished.
    open: Cell<bool>,
    invitation: Cell<Invitation>,
    /// The counters of the operation that the request under way has reached.
    reached: Cell<Option<Local<Counters>>>,
    waiting: RefCell<Option<Waker>>,
}

/// Where a request stands that came with `Expect: 100-continue`.
#[derive(Debug, Clone, Copy, Default)]
enum Invitation {
    /// The client does not wait.
    #[default]
    None,
    /// The client waits. A final answer now spares it, and us, the body.
    Held,
    /// The body is wanted; what of `100 Continue` is still to be written.
    Due(&'static [u8]),
}

impl Invitation {
    const DUE: Self = Self::Due(b"HTTP/1.1 100 Continue\r\n\r\n");
}

impl ConnectionState {
    /// The state of the connection that `request` came on; none behind another listener than ours.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Option<Rc<Self>> {
        request.conn_data::<Rc<Self>>().cloned()
    }

    /// What the gate refused last on this connection.
    #[must_use]
    pub fn refusal(&self) -> Option<ProtocolError> {
        self.refusal.get()
    }

    fn new(connection: Connection) -> Self {
        Self {
            connection,
            refusal: Cell::default(),
            open: Cell::default(),
            invitation: Cell::default(),
            reached: Cell::default(),
            waiting: RefCell::default(),
        }
    }

    /// A request passes; false when its connection has been evicted.
    fn begin(&self) -> bool {
        let begun = self.connection.begin();
        self.open.set(begun);
        begun
    }

    /// Whether the connection must make room; never while a request is open.
    fn is_evicted(&self, cx: &Context<'_>) -> bool {
        !self.open.get() && self.connection.poll_evicted(cx).is_ready()
    }

    /// Whether the answer under way must be the last one on this connection.
    #[must_use]
    pub fn ends_after_answer(&self) -> bool {
        self.connection.ends_after_answer()
    }

    /// Whether the connection ends where it has no request.
    fn is_draining(&self) -> bool {
        self.connection.is_draining()
    }

    /// The answer under way waits for its client to take it: from now on the connection may make room for
    /// another. True when it must.
    fn waits_for_client(&self, cx: &Context<'_>) -> bool {
        self.connection.end();
        self.connection.poll_evicted(cx).is_ready()
    }

    /// The response is finished: the next request may pass.
    fn finish(&self) {
        self.open.set(false);
        self.connection.end();
        self.wake();
    }

    /// The request under way has reached the operation that has these counters.
    pub fn reach(&self, counters: Local<Counters>) {
        self.reached.set(Some(counters));
    }

    /// The counters of the operation that the request under way has reached, once.
    #[must_use]
    pub fn reached(&self) -> Option<Local<Counters>> {
        self.reached.take()
    }

    /// The body of the request is about to be read: a client that waits may send it.
    pub fn invite(&self) {
        if self.is_held() {
            self.invitation.set(Invitation::DUE);
            self.wake();
        }
    }

    /// Whether the client still waits to be asked for its body.
    #[must_use]
    pub fn is_held(&self) -> bool {
        matches!(self.invitation.get(), Invitation::Held)
    }

    fn hold(&self, held: bool) {
        let held = if held {
            Invitation::Held
        } else {
            Invitation::None
        };
        self.invitation.set(held);
    }

    fn wait(&self, cx: &Context<'_>) {
        self.waiting.replace(Some(cx.waker().clone()));
    }

    fn wake(&self) {
        if let Some(gate) = self.waiting.take() {
            gate.wake();
        }
    }
}

/// What passes, and how long it may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Longest request target, in bytes.
    pub target_bytes: usize,
    /// Longest head, in bytes.
    pub head_bytes: usize,
    /// Most header fields.
    pub fields: usize,
    /// From the first byte of a head, or the handshake, to its last.
    pub head_time: Duration,
    /// From the end of an answer to the first byte of the next head.
    pub keep_alive: Duration,
    /// Most bytes of one body as it stands on the wire, chunk framing and all.
    pub body_wire_bytes: u64,
    /// Most chunks of one body: each is a step of every reader behind, however small it is.
    pub body_chunks: usize,
    /// From the end of the head to the end of the body.
    pub body_time: Duration,
    /// How long a client may take to read the next piece of a response.
    pub write_time: Duration,
    /// Names under which this service is called; lower case, without port.
    pub hosts: Vec<String>,
    /// Whether a page may ask: only browsers send `Origin`.
    pub pages: bool,
}

impl Limits {
    /// Those of a listener with these limits and names, which pages of configured origins may call.
    #[must_use]
    pub fn of(limits: &config::Limits, hosts: &[String]) -> Self {
        Self {
            target_bytes: limits.target_bytes,
            head_bytes: limits.head_bytes,
            fields: limits.fields,
            head_time: limits.head_timeout,
            keep_alive: limits.keep_alive,
            // Room for the framing of a body that is sent in small chunks.
            body_wire_bytes: 2 * limits.body_bytes as u64 + 16 * 1024,
            body_chunks: 256 + limits.body_bytes / 256,
            body_time: limits.body_timeout,
            write_time: limits.write_timeout,
            hosts: hosts.to_vec(),
            pages: true,
        }
    }
}
