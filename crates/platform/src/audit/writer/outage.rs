//! How long the journal has been out of order, and when the next attempt to recover is due.

use std::time::{Duration, Instant};

/// Between two attempts to recover: from, to.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The journal cannot be written.
pub(super) struct Outage {
    pub retry_at: Instant,
    pause: Duration,
    /// How many changes had been refused when the outage began.
    pub refused_before: u64,
}

impl Outage {
    pub fn begin(refused_before: u64) -> Self {
        Self {
            retry_at: Instant::now() + RETRY.0,
            pause: RETRY.0,
            refused_before,
        }
    }

    /// An attempt to recover failed: the next one waits twice as long.
    pub fn goes_on(&mut self) {
        self.pause = (self.pause * 2).min(RETRY.1);
        self.retry_at = Instant::now() + self.pause;
    }
}
