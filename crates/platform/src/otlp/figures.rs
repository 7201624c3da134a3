//! What became of spans and figures on their way to the collector, in numbers.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

#[derive(Debug, Default)]
pub(super) struct Figures {
    pub sent: AtomicU64,
    pub lost: AtomicU64,
    pub failures: AtomicU64,
    pub is_up: AtomicBool,
}

/// Figures for operators.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OtlpMetrics {
    /// Spans that the collector has accepted.
    pub sent: u64,
    /// Spans that found the queue full, or that the collector has not accepted.
    pub dropped: u64,
    /// Messages that it has not accepted.
    pub failures: u64,
    /// Whether it has accepted the last one.
    pub is_up: bool,
}

impl Figures {
    pub fn metrics(&self, found_full: u64) -> OtlpMetrics {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        OtlpMetrics {
            sent: read(&self.sent),
            dropped: read(&self.lost) + found_full,
            failures: read(&self.failures),
            is_up: self.is_up.load(Ordering::Relaxed),
        }
    }
}
