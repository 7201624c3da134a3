//! What became of lines on their way to the SIEM, in numbers.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

#[derive(Debug, Default)]
pub(super) struct Figures {
    pub sent: AtomicU64,
    pub confirmed: AtomicU64,
    pub failures: AtomicU64,
    pub missing: AtomicU64,
    pub is_up: AtomicBool,
}

/// Figures for operators.
#[derive(Debug, Clone, Copy)]
pub struct SiemMetrics {
    /// Lines that were sent, each time that they were.
    pub sent: u64,
    /// The number of the last line that the receiver has confirmed.
    pub confirmed: u64,
    /// Connections that were not made, or ended without a confirmation.
    pub failures: u64,
    /// Lines that left the journal's directory before they could be sent.
    pub missing: u64,
    /// Whether it confirms, and in time.
    pub is_up: bool,
}

impl Figures {
    pub fn add(number: &AtomicU64, more: u64) {
        number.fetch_add(more, Ordering::Relaxed);
    }

    pub fn metrics(&self) -> SiemMetrics {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        SiemMetrics {
            sent: read(&self.sent),
            confirmed: read(&self.confirmed),
            failures: read(&self.failures),
            missing: read(&self.missing),
            is_up: self.is_up.load(Ordering::Relaxed),
        }
    }
}
