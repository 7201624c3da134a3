//! A line on its way to the disk, and whoever waits for it.

use time::OffsetDateTime;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::audit::{
    attempt::AuditAttempt,
    chain::ChainHead,
    entry::{Entry, Outcome, Phase},
    event::Event,
    journal::{Journal, Unwritable},
    line::Position,
};

pub(in crate::audit) enum Message {
    Line(Box<Queued>),
    Close(oneshot::Sender<()>),
}

/// Somebody who does nothing until the line is durable.
pub(in crate::audit) struct Waiting {
    pub acknowledge: oneshot::Sender<Result<AuditAttempt, Unwritable>>,
    /// The place of the outcome that will follow.
    pub outcome_room: OwnedSemaphorePermit,
    pub journal: Journal,
}

pub(in crate::audit) struct Queued {
    pub entry: Entry,
    pub phase: Phase,
    /// When it happened, not when it is written.
    pub at: OffsetDateTime,
    pub attempt: Option<u64>,
    pub outcome: Option<Outcome>,
    pub waiting: Option<Waiting>,
    /// Known once it is written.
    pub seq: u64,
    /// Its place in the queue, free once it is durable.
    pub room: Option<OwnedSemaphorePermit>,
}

impl Queued {
    pub fn new(
        entry: Entry,
        phase: Phase,
        at: OffsetDateTime,
        room: Option<OwnedSemaphorePermit>,
    ) -> Self {
        Self {
            entry,
            phase,
            at,
            attempt: None,
            outcome: None,
            waiting: None,
            seq: 0,
            room,
        }
    }

    pub fn position(&self, before: ChainHead) -> Position<'static> {
        Position {
            seq: self.seq,
            prev_hash: before.hash,
            at: self.at,
            phase: self.phase,
            attempt: self.attempt,
            outcome: self.outcome,
            checkpoint: None,
        }
    }

    pub fn is_waited_for(&self) -> bool {
        self.waiting.is_some()
    }

    /// Whether the writer itself made it about its own failing.
    pub fn is_about_the_sink(&self) -> bool {
        self.room.is_none() && self.entry.event == Event::AuditSinkFail
    }

    /// It is durable. Where nobody waits any more the attempt is dropped, and stays open.
    pub fn acknowledge(self) {
        if let Some(waiting) = self.waiting {
            let room = waiting.outcome_room;
            let attempt = AuditAttempt::of(waiting.journal, self.seq, self.entry, room);
            waiting.acknowledge.send(Ok(attempt)).ok();
        }
    }

    /// It is not durable; whether somebody waited for it.
    pub fn refuse(&mut self) -> bool {
        let waiting = self.waiting.take();
        waiting.is_some_and(|waiting| {
            waiting.acknowledge.send(Err(Unwritable)).ok();
            true
        })
    }
}
