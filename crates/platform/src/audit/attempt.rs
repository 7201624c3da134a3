//! The guard of a change: it exists only while the change's attempt is on the disk.
//!
//! Dropped without a word, by a panic, a forced shutdown or because the client hung up, it claims
//! nothing: whoever drops it does not know whether the change was made. The attempt stays open, and
//! `audit verify` lists it.

use tokio::sync::OwnedSemaphorePermit;

use super::{
    entry::{Entry, Outcome},
    event::Event,
    journal::Journal,
};

/// An attempt that is on record. How it ended is recorded at most once, by [`AuditAttempt::end`] or
/// [`AuditAttempt::answered`]; without either it is an orphan.
#[must_use = "without a word about its end the attempt stays open"]
pub struct AuditAttempt {
    journal: Journal,
    seq: u64,
    entry: Option<(Entry, OwnedSemaphorePermit)>,
}

impl AuditAttempt {
    /// The guard of a durable attempt; `room` is kept for its outcome.
    pub(super) fn of(journal: Journal, seq: u64, entry: Entry, room: OwnedSemaphorePermit) -> Self {
        Self {
            journal,
            seq,
            entry: Some((entry, room)),
        }
    }

    /// The number of its line.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// What is known only now: the new object's id, that it is an approval.
    pub fn now(&mut self, more: impl FnOnce(Entry) -> Entry) {
        let entry = self.entry.take();
        self.entry = entry.map(|(entry, room)| (more(entry), room));
    }

    /// A kind of event that is more exact than the one the attempt began with.
    pub fn turned_out(&mut self, event: Event) {
        self.now(|entry| Entry { event, ..entry });
    }

    /// How it ended, by the status of the response to it.
    pub fn answered(mut self, status: u16) {
        self.now(|entry| entry.status(status));
        self.end(Outcome::of_status(status));
    }

    /// How it ended. Does not wait: the line is in the next write. If the process is killed before
    /// that, the attempt stays without an outcome, and `audit verify` says so.
    pub fn end(mut self, outcome: Outcome) {
        if let Some((entry, room)) = self.entry.take() {
            self.journal.outcome(self.seq, outcome, entry, room);
        }
    }
}
