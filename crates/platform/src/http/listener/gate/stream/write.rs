//! The way out: a client that does not read is given up, and the end of a connection does not destroy
//! its last response.

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

impl<S: AsyncRead + AsyncWrite + Unpin> Gate<S> {
    /// Runs a write, and fails it when the client has not read anything for too long.
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
        let until = Instant::now() + self.limits.write_time;
        let deadline = self
            .write_deadline
            .get_or_insert_with(|| Box::pin(sleep_until(until)));
        ready!(deadline.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
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
        gate.poll_write_within(cx, |stream, cx| stream.poll_write(cx, bytes))
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
