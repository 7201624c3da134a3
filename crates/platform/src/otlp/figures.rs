//! What became of spans, lines and figures on their way to the collector, in numbers.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

#[derive(Debug, Default)]
pub(super) struct Figures {
    pub spans: Counted,
    pub records: Counted,
    pub failures: AtomicU64,
    pub is_up: AtomicBool,
}

#[derive(Debug, Default)]
pub(super) struct Counted {
    pub sent: AtomicU64,
    pub lost: AtomicU64,
}

/// Figures for operators.
#[derive(Debug, Clone, Copy)]
pub struct OtlpMetrics {
    pub spans: Outcome,
    /// Lines of the log.
    pub records: Outcome,
    /// Messages that the collector has not accepted.
    pub failures: u64,
    /// Whether it has accepted the last one.
    pub is_up: bool,
}

/// What became of what was to be sent.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// The collector has accepted it.
    pub sent: u64,
    /// It found the queue full, or the collector has not accepted it.
    pub dropped: u64,
}

impl Counted {
    fn outcome(&self, found_full: u64) -> Outcome {
        Outcome {
            sent: self.sent.load(Ordering::Relaxed),
            dropped: self.lost.load(Ordering::Relaxed) + found_full,
        }
    }
}

impl Figures {
    /// With how many spans and lines found their queue full.
    pub fn metrics(&self, (spans, records): (u64, u64)) -> OtlpMetrics {
        OtlpMetrics {
            spans: self.spans.outcome(spans),
            records: self.records.outcome(records),
            failures: self.failures.load(Ordering::Relaxed),
            is_up: self.is_up.load(Ordering::Relaxed),
        }
    }
}
