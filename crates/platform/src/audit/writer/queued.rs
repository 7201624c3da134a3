//! A line on its way to the disk, and the caller that waits for it.

use time::OffsetDateTime;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::audit::{
    chain::ChainHead,
    entry::{Entry, Outcome, Phase},
    event::Event,
    line::Position,
    observer::Observer,
    status::Unwritable,
};

pub(in crate::audit) enum Message {
    Line(Box<Queued>),
    Close(oneshot::Sender<()>),
}

/// Tells the caller that waits whether its line is durable: the line's number, and the entry back.
pub(in crate::audit) type Acknowledge = oneshot::Sender<Result<(u64, Entry), Unwritable>>;

pub(in crate::audit) struct Queued {
    pub entry: Entry,
    pub phase: Phase,
    /// When it happened, not when it is written.
    pub at: OffsetDateTime,
    pub attempt: Option<u64>,
    pub outcome: Option<Outcome>,
    /// A caller that does nothing until the line is durable.
    pub acknowledge: Option<Acknowledge>,
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
            acknowledge: None,
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
        self.acknowledge.is_some()
    }

    /// Whether the writer itself made it about its own failing.
    pub fn is_about_the_sink(&self) -> bool {
        self.room.is_none() && self.entry.event == Event::AuditSinkFail
    }

    /// The line is durable; an attempt is not over yet.
    pub fn tell(&self, observer: &dyn Observer) {
        if self.phase != Phase::Attempt {
            observer.observe(&self.entry, self.outcome, self.at);
        }
    }

    /// The line is durable. The entry is dropped where the caller has gone: its attempt stays open.
    pub fn acknowledge(self) {
        if let Some(acknowledge) = self.acknowledge {
            acknowledge.send(Ok((self.seq, self.entry))).ok();
        }
    }

    /// The line is not durable; whether a caller waited for it.
    pub fn refuse(&mut self) -> bool {
        let acknowledge = self.acknowledge.take();
        acknowledge.is_some_and(|acknowledge| {
            acknowledge.send(Err(Unwritable)).ok();
            true
        })
    }
}
