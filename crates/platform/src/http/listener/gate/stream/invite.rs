//! `100 Continue`: sent when the body is about to be read, and not before.
//!
//! The framework would send it as soon as it has read the head. A client that has no token, or no
//! right, would then upload a body for an answer that was certain without it.
//!
//! Controls: HT-08

use std::{
    io,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite};

use super::{GRACE, Gate, Phase};
use crate::http::listener::gate::Invitation;

impl<S: AsyncRead + AsyncWrite + Unpin> Gate<S> {
    /// Writes `100 Continue`, if it is due. The answer before it is written and flushed: this request
    /// would not have passed otherwise.
    pub(super) fn poll_invite(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Invitation::Due(mut rest) = self.state.invitation.get() else {
            return Poll::Ready(Ok(()));
        };
        while !rest.is_empty() {
            let count =
                ready!(self.poll_write_within(cx, |stream, cx| stream.poll_write(cx, rest)))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            rest = rest.get(count..).unwrap_or_default();
            self.state.invitation.set(Invitation::Due(rest));
        }
        self.state.invitation.set(Invitation::None);
        self.poll_write_within(cx, AsyncWrite::poll_flush)
    }

    /// The connection ends behind an answer to a request whose client still holds the body back: the
    /// client may send that body or another request, and nobody can tell (RFC 9110 §10.1.1).
    pub(super) fn end_unasked(&mut self) {
        let in_body = matches!(self.phase, Phase::Body { .. });
        if in_body && self.state.is_held() && !self.state.open.get() {
            self.phase = Phase::Over { eof: true };
            self.set_read_deadline(GRACE);
        }
    }

    /// Has the gate called when the body is wanted, or when the answer has ended.
    pub(super) fn wait_to_invite(&self, cx: &Context<'_>) {
        if self.state.is_held() {
            self.state.wait(cx);
        }
    }
}
