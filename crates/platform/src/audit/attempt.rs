//! The guard of a change: it exists only while the change's attempt is on the disk.
//!
//! A guard that is dropped before [`AuditAttempt::end`], by a panic, a forced shutdown or because the
//! client hung up, writes no outcome: whether the change was committed is unknown. The attempt stays
//! open, and `audit verify` lists it.

use std::sync::{Arc, mpsc::Sender};

use tokio::sync::OwnedSemaphorePermit;

use super::{
    entry::{Entry, Outcome, Phase},
    event::Event,
    writer::{Message, Queued},
};
use crate::clock::Clock;

/// An attempt that is on record. How it ended is recorded at most once, by [`AuditAttempt::end`] or
/// [`AuditAttempt::answered`]; without either it is an orphan.
#[must_use = "without a word about its end the attempt stays open"]
pub struct AuditAttempt {
    seq: u64,
    entry: Entry,
    /// The outcome's place in the queue, taken before the attempt was written.
    room: OwnedSemaphorePermit,
    queue: Sender<Message>,
    clock: Arc<dyn Clock>,
}

impl AuditAttempt {
    /// The guard of the durable attempt `seq`.
    pub(super) fn new(
        seq: u64,
        entry: Entry,
        room: OwnedSemaphorePermit,
        queue: Sender<Message>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            seq,
            entry,
            room,
            queue,
            clock,
        }
    }

    /// The number of its line.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Adds what is known only now: the new object's id, that it is an approval.
    pub fn now(self, more: impl FnOnce(Entry) -> Entry) -> Self {
        Self {
            entry: more(self.entry),
            ..self
        }
    }

    /// A kind of event that is more exact than the one the attempt began with.
    pub fn turned_out(self, event: Event) -> Self {
        self.now(|entry| Entry { event, ..entry })
    }

    /// How it ended, by the status of the response to it.
    pub fn answered(self, status: u16) {
        self.now(|entry| entry.status(status))
            .end(Outcome::of_status(status));
    }

    /// How it ended. Does not wait: the line is in the next write. If the process is killed before
    /// that, or the journal is closed, the attempt stays without an outcome, and `audit verify` says so.
    pub fn end(self, outcome: Outcome) {
        let at = self.clock.now();
        let queued = Queued {
            attempt: Some(self.seq),
            outcome: Some(outcome),
            ..Queued::new(self.entry, Phase::Outcome, at, Some(self.room))
        };
        self.queue.send(Message::Line(Box::new(queued))).ok();
    }
}
