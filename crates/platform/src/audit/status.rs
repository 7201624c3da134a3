//! The state of the journal: whether it can be written, and its figures.
//!
//! The callers and the writer's thread share it as atomics, so that asking costs no lock and waits for
//! no disk.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use super::watch::Watch;

/// The journal cannot be written: the change must not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the audit journal cannot be written")]
pub struct Unwritable;

/// Figures for operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalMetrics {
    /// Lines that are durable.
    pub lines: u64,
    /// How often the sink was synced for them.
    pub syncs: u64,
    /// Changes refused because the journal could not be written.
    pub refused: u64,
    /// Points that found the queue full. An `audit_gap` says them.
    pub lost: u64,
}

/// What the callers and the writer both read and write.
#[derive(Debug, Default)]
pub(super) struct Status {
    pub writable: AtomicBool,
    pub watch: Arc<Watch>,
    /// The number of the last line that is durable.
    pub durable: AtomicU64,
    pub lines: AtomicU64,
    pub syncs: AtomicU64,
    pub refused: AtomicU64,
    pub lost: AtomicU64,
}

impl Status {
    pub fn metrics(&self) -> JournalMetrics {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        JournalMetrics {
            lines: read(&self.lines),
            syncs: read(&self.syncs),
            refused: read(&self.refused),
            lost: read(&self.lost),
        }
    }
}
