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
    HttpRequest,
    body::{BodySize, BoxBody, MessageBody},
    web::Bytes,
};

use super::Exchange;

/// The body of a response. When it is dropped, sent or not, the response is finished.
pub struct Finished {
    body: BoxBody,
    _signal: Signal,
}

struct Signal(Option<Rc<Exchange>>);

impl Drop for Signal {
    fn drop(&mut self) {
        if let Some(exchange) = &self.0 {
            exchange.finish();
        }
    }
}

impl Finished {
    /// Finishes the exchange that `request` is part of with this body.
    #[must_use]
    pub fn with(exchange: Option<Rc<Exchange>>, body: BoxBody) -> Self {
        Self {
            body,
            _signal: Signal(exchange),
        }
    }

    /// The exchange that a request is part of; none behind another listener than ours.
    #[must_use]
    pub fn exchange(request: &HttpRequest) -> Option<Rc<Exchange>> {
        request.conn_data::<Rc<Exchange>>().cloned()
    }
}

impl MessageBody for Finished {
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
