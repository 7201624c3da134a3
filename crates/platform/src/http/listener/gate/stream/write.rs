//! The way out: a client that does not read, or hardly, is given up, and the end of a connection does not
//! destroy its last response.
//!
//! An answer that waits for its client holds a seat of the listener. A deadline for the next piece alone would
//! sell a seat for a bit every few seconds, so the whole answer has one too: what is taken prolongs it at the rate
//! of a bad line. While the answer waits, the connection makes room for another like one without a request.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, sleep_until},
};

use super::{Gate, Phase};

/// How long, and how much, is still read from a client after the last response, so that its system
/// does not throw that response away with a reset.
const LINGER_TIME: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 256 * 1024;

/// How slowly an answer may be taken, in bytes a second, before its connection ends: 64 kbit/s, what is left of a
/// mobile contract whose volume is used up.
pub(super) const SLOWEST: u32 = 8 * 1024;

impl<S: AsyncRead + AsyncWrite + Unpin> Gate<S> {
    /// Runs a write, and fails it when the client has read too little for too long, or must make room.
    pub(super) fn poll_write_within<T>(
        &mut self,
        cx: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let outcome = write(Pin::new(&mut self.stream), cx);
        if outcome.is_ready() {
            if self.write_deadline.take().is_some() {
                self.state.wake();
            }
            return outcome;
        }
        let next = Instant::now() + self.limits.write_time;
        let whole = *self.answer_due.get_or_insert(next);
        let deadline = self
            .write_deadline
            .get_or_insert_with(|| Box::pin(sleep_until(next.min(whole))));
        if !self.state.waits_for_client(cx) {
            ready!(deadline.as_mut().poll(cx));
        }
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// The client has taken so many bytes of the answer.
    fn prolong(&mut self, bytes: usize) {
        if let (Some(due), Ok(bytes)) = (&mut self.answer_due, u32::try_from(bytes)) {
            *due += Duration::from_secs(1) * bytes / SLOWEST;
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Gate<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let gate = self.get_mut();
        // What has begun is not to be cut in two by the answer.
        ready!(gate.poll_invite(cx))?;
        let taken = ready!(gate.poll_write_within(cx, |stream, cx| stream.poll_write(cx, bytes)))?;
        gate.prolong(taken);
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_write_within(cx, AsyncWrite::poll_flush)
    }

    /// Ends our side, then reads on for a moment: closing with unread bytes resets the connection,
    /// and a reset destroys the response on its way.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let gate = self.get_mut();
        ready!(gate.poll_write_within(cx, AsyncWrite::poll_shutdown))?;
        if !matches!(gate.phase, Phase::Over { eof: true }) {
            gate.phase = Phase::Over { eof: true };
            gate.set_read_deadline(LINGER_TIME);
        }
        while gate.lingered < LINGER_BYTES {
            let due = gate
                .read_deadline
                .as_mut()
                .is_none_or(|at| at.as_mut().poll(cx).is_ready());
            gate.received.clear();
            if due || !matches!(ready!(gate.poll_fill(cx)), Ok(true)) {
                break;
            }
            gate.lingered += gate.received.len();
        }
        Poll::Ready(Ok(()))
    }
}
