//! What is done every few seconds, on the thread that serves no requests.

use std::{sync::Arc, time::Duration};

use super::rate_limits::RateLimits;
use crate::{audit::Journal, http::tally::Tally};

/// A limiter's key is remembered no longer than this after its quota is full again, and what is
/// counted is on record no later.
const EVERY: Duration = Duration::from_secs(5);

/// What is kept in order.
#[derive(Clone)]
pub(super) struct Housekeeping {
    pub rate_limits: RateLimits,
    pub tally: Arc<Tally>,
    pub journal: Journal,
}

impl Housekeeping {
    /// For ever.
    pub(super) async fn keep(self) {
        let mut ticks = tokio::time::interval(EVERY);
        loop {
            ticks.tick().await;
            self.round();
        }
    }

    /// For the last time, before the journal is closed.
    pub(super) fn finish(&self) {
        self.tally.finish();
    }

    fn round(&self) {
        self.rate_limits.tidy();
        self.tally.flush();
    }
}
