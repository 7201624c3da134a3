//! What became of alerts, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug, Default)]
pub(super) struct Figures {
    sent: AtomicU64,
    failed: AtomicU64,
    given_up: AtomicU64,
}

/// Figures for operators.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AlertMetrics {
    /// Alerts that the receiver has accepted.
    pub sent: u64,
    /// Attempts that it has not.
    pub failed: u64,
    /// Alerts that found their queue full, or were given up.
    pub dropped: u64,
}

impl Figures {
    pub fn sent(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    pub fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    pub fn given_up(&self) {
        self.given_up.fetch_add(1, Ordering::Relaxed);
    }

    /// With how many alerts found their queue full.
    pub fn metrics(&self, found_full: u64) -> AlertMetrics {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        AlertMetrics {
            sent: read(&self.sent),
            failed: read(&self.failed),
            dropped: read(&self.given_up) + found_full,
        }
    }
}
