//! The end of a connection that rests between two requests while its listener stops.
//!
//! The framework's own drain ends it without looking whether a request has arrived meanwhile, and that
//! request is lost. Here the connection ends when nothing of a request can be read. One that is new has
//! the time of its first head: a client connects in order to ask.
//!
//! Controls: CN-05

use tokio::io::{AsyncRead, AsyncWrite};

use super::{Gate, Phase};

impl<S: AsyncRead + AsyncWrite + Unpin> Gate<S> {
    /// Whether the connection may end here, where nothing can be read from the client.
    pub(super) fn may_end(&self) -> bool {
        let between = matches!(self.phase, Phase::Head { .. }) && self.received.is_empty();
        // The first head of a connection, and one that has begun, are waited for.
        between && self.rests && self.state.is_draining()
    }
}
