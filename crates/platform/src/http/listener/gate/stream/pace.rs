//! The deadlines of what a client sends: a head, a body, and the first byte of another request.
//!
//! The framework's keep-alive timer is off: it would begin anew with each byte that comes, of padding in a
//! record of TLS too.
//!
//! Controls: LI-03

use std::{task::Context, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, sleep_until},
};

use super::{Gate, Phase, ProtocolError};

impl<S: AsyncRead + AsyncWrite + Unpin> Gate<S> {
    pub(super) fn set_read_deadline(&mut self, time: Duration) {
        self.read_deadline = Some(Box::pin(sleep_until(Instant::now() + time)));
    }

    pub(super) fn poll_read_deadline(&mut self, cx: &mut Context<'_>) {
        let due = self
            .read_deadline
            .as_mut()
            .is_some_and(|at| at.as_mut().poll(cx).is_ready());
        if due {
            self.read_deadline = None;
            match self.phase {
                Phase::Head { .. } if !self.rests => self.refuse(ProtocolError::TooSlow),
                _ => self.phase = Phase::Over { eof: true },
            }
        }
    }

    /// Sets the deadline between two requests, and that of a head that has begun, perhaps behind the request
    /// before it.
    pub(super) fn pace(&mut self, cx: &mut Context<'_>) {
        let begun = !self.received.is_empty();
        if self.read_deadline.is_none() || (self.rests && begun) {
            self.rests = !begun;
            self.set_read_deadline(if begun {
                self.limits.head_time
            } else {
                self.limits.keep_alive
            });
            self.poll_read_deadline(cx);
        }
    }
}
