//! When a response is finished, so that the next request may pass.
//!
//! The framework keeps what it knows of a request's method and version for the connection, and decodes
//! pipelined heads as they come: a HEAD behind a GET took the body from the GET's answer, and thousands
//! of heads in one packet became thousands of requests. With one request at a time neither can be.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    web::Bytes,
};

use super::ConnectionState;

/// The body of a response. When it is dropped, sent or not, the response is finished.
pub struct ReleaseOnDrop {
    body: BoxBody,
    _signal: Signal,
}

struct Signal(Option<Rc<ConnectionState>>);

impl Drop for Signal {
    fn drop(&mut self) {
        if let Some(state) = &self.0 {
            state.finish();
        }
    }
}

impl ReleaseOnDrop {
    /// Ends the request on this connection when `body` is dropped.
    #[must_use]
    pub fn with(state: Option<Rc<ConnectionState>>, body: BoxBody) -> Self {
        Self {
            body,
            _signal: Signal(state),
        }
    }
}

impl MessageBody for ReleaseOnDrop {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
