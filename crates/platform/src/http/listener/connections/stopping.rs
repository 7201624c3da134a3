//! How far a listener is on its way to the end, as its connections see it.
//!
//! A client that keeps its connection open learns of the end by `Connection: close` on its next answer,
//! and comes back on a connection to another replica. A connection that is closed between two requests
//! without that word can lose a request that is on its way (RFC 9112 §9.6).

use std::sync::atomic::{AtomicBool, Ordering};

/// Both steps are taken once, in this order.
#[derive(Debug, Default)]
pub(super) struct Stopping {
    announced: AtomicBool,
    draining: AtomicBool,
}

impl Stopping {
    /// From now on every answer is the last one on its connection.
    pub fn announce(&self) {
        self.announced.store(true, Ordering::Release);
    }

    /// From now on a connection without a request ends by itself.
    pub fn drain(&self) {
        self.announce();
        self.draining.store(true, Ordering::Release);
    }

    pub fn is_announced(&self) -> bool {
        self.announced.load(Ordering::Acquire)
    }

    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }
}
