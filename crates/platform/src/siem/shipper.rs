//! The thread that sends: from the file, from the last confirmed line on, for as long as the process runs.
//!
//! While lines come they go over one connection. Every few seconds it is ended, which confirms them, and the record
//! is written. A connection that ends in another way confirms nothing: its lines are sent again over the next one,
//! after a pause that doubles. So each line arrives at least once, and its number tells a copy from a new line.

use std::{
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use super::{
    confirmed::Confirmed,
    connection::{Fault, Server},
    figures::Figures,
    message::Origin,
    standing::Standing,
};
use crate::{
    audit::{ChainHead, Follower, Hash, Journal},
    clock::Clock,
    sending::{Backoff, Stop},
};

/// How often the thread looks for lines.
const LOOK: Duration = Duration::from_millis(250);
/// Lines in one write, at most. This bounds the memory.
const GROUP: usize = 128;
/// Lines between two confirmations, at most. This bounds what is sent again.
const UNCONFIRMED: usize = 10_000;
/// Between two connections that failed: from, to.
const PAUSE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_mins(1));

pub(super) struct Shipper {
    file: PathBuf,
    server: Server,
    origin: Origin,
    confirm_every: Duration,
    record: Confirmed,
    standing: Standing,
    /// The last confirmed line, and the reader behind the last line that was sent.
    confirmed: ChainHead,
    follower: Option<Follower>,
}

impl Shipper {
    pub fn new(
        file: PathBuf,
        server: Server,
        origin: Origin,
        confirm_every: Duration,
        (journal, clock): (Journal, Arc<dyn Clock>),
        figures: Arc<Figures>,
    ) -> Self {
        let record = Confirmed::beside(&file, server.name());
        let confirmed = record.read();
        figures.confirmed.store(confirmed.seq, Ordering::Relaxed);
        let standing = Standing {
            receiver: server.name(),
            journal,
            clock,
            figures,
            fails: false,
        };
        Self {
            file,
            server,
            origin,
            confirm_every,
            record,
            standing,
            confirmed,
            follower: None,
        }
    }

    /// Until the process ends; then once more.
    pub fn run(mut self, stop: &Stop) {
        let mut pauses = Backoff::new(PAUSE);
        let mut wait = Duration::ZERO;
        loop {
            let stops = stop.within(wait);
            wait = LOOK;
            if self.follower.is_none() || self.is_waited_for() {
                match self.ship(stop) {
                    Ok(()) => pauses.reset(),
                    Err(fault) => {
                        self.standing.failed(&fault);
                        self.follower = None;
                        wait = pauses.pause();
                    }
                }
            }
            if stops {
                return;
            }
        }
    }

    fn is_waited_for(&self) -> bool {
        self.standing.journal.durable() > self.confirmed.seq
    }

    /// One connection, from its beginning to its confirmation.
    fn ship(&mut self, stop: &Stop) -> Result<(), Fault> {
        let mut follower = match self.follower.take() {
            Some(follower) => follower,
            None => self.locate()?,
        };
        if !self.is_waited_for() {
            self.follower = Some(follower);
            return Ok(());
        }
        let mut connection = self.server.connect()?;
        let (mut head, mut last) = (self.confirmed, Vec::new());
        let (mut sent, mut gone) = (0, 0);
        let began = Instant::now();
        while sent < UNCONFIRMED && began.elapsed() < self.confirm_every {
            let through = self.standing.journal.durable();
            let mut lines = follower.read(through, GROUP).map_err(Fault::Journal)?;
            if lines.is_empty() && stop.is_given() {
                break;
            }
            if lines.is_empty() {
                connection.listen(LOOK)?;
                continue;
            }
            let frames = lines.iter().filter_map(|one| self.origin.frame(&one.line));
            connection.send(&frames.collect::<Vec<_>>().concat())?;
            sent += lines.len();
            Figures::add(&self.standing.figures.sent, lines.len() as u64);
            for one in lines.drain(..) {
                // Before the first line of all, nobody knows what is missing.
                if head.seq > 0 {
                    gone += one.seq.saturating_sub(head.seq + 1);
                }
                head = ChainHead {
                    seq: one.seq,
                    hash: Hash::of(&one.line),
                };
                last = one.line;
            }
        }
        connection.confirm()?;
        self.follower = Some(follower);
        self.confirm(head, &last, gone);
        Ok(())
    }

    fn confirm(&mut self, head: ChainHead, line: &[u8], gone: u64) {
        if let Err(error) = self.record.write(head) {
            tracing::warn!(%error, "the record of confirmed lines was not written");
        }
        self.confirmed = head;
        let figures = &self.standing.figures;
        figures.confirmed.store(head.seq, Ordering::Relaxed);
        if gone > 0 {
            self.standing.missing(gone);
        }
        self.standing.confirmed(line);
    }

    /// The place after the last confirmed line; before all lines, if it was confirmed of another journal.
    fn locate(&mut self) -> Result<Follower, Fault> {
        let through = self.standing.journal.durable();
        let follower = Follower::after(self.file.clone(), self.confirmed, through);
        let follower = follower.map_err(Fault::Journal)?;
        if follower.at() != self.confirmed.seq {
            let seq = self.confirmed.seq;
            tracing::warn!(
                seq,
                "the confirmed line is not in this journal: all is sent"
            );
            self.confirmed = ChainHead::START;
        }
        Ok(follower)
    }
}
