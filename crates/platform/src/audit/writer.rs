//! The thread that writes: it takes all that is queued, writes it at once, syncs once, and then tells
//! all who wait (group commit). While one sync runs, the next group gathers by itself.
//!
//! It knows two ends of the chain: the last line written, and the last line synced. When anything
//! fails it falls back to the second, refuses those who wait, keeps the rest, and tries again until it
//! works (`recover.rs`).

mod end;
mod outage;
mod queued;
mod recover;

use std::{
    io,
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use super::{
    chain::ChainHead,
    checkpoint::CheckpointKey,
    entry::{Entry, INSTANCE, Phase},
    event::Event,
    line::{self, Position},
    observer::Observer,
    reason::Reason,
    sink::Sink as _,
    start::Gap,
    status::Status,
    watch::Watched,
};
use crate::{clock::Clock, config};
use outage::Outage;
pub(super) use queued::{Message, Queued};

/// Lines in one write, at most.
const GROUP: usize = 1024;
/// How long a line that nobody waits for may be written and not synced: it survives a crash of the
/// process at once, and one of the machine after this.
const LAZY: Duration = Duration::from_millis(100);
/// When there is nothing to do but to wait.
const IDLE: Duration = Duration::from_hours(1);

/// What lines are made with, and who learns of them.
pub(super) struct Parts {
    pub clock: Arc<dyn Clock>,
    pub key: CheckpointKey,
    pub observer: Option<Arc<dyn Observer>>,
}

pub(super) struct Writer {
    sink: Watched,
    key: CheckpointKey,
    clock: Arc<dyn Clock>,
    observer: Option<Arc<dyn Observer>>,
    status: Arc<Status>,
    checkpoint_lines: u64,
    checkpoint_every: Duration,
    /// The last line written, and the last line that a sync made durable.
    written: ChainHead,
    durable: ChainHead,
    /// Lines to write, and lines written since the last sync.
    fresh: Vec<Queued>,
    unsynced: Vec<Queued>,
    unsynced_since: Option<Instant>,
    checkpoint: ChainHead,
    checkpoint_at: Instant,
    outage: Option<Outage>,
}

impl Writer {
    pub fn new(
        sink: Watched,
        head: ChainHead,
        settings: &config::Audit,
        parts: Parts,
        status: Arc<Status>,
    ) -> Self {
        Self {
            sink,
            key: parts.key,
            clock: parts.clock,
            observer: parts.observer,
            status,
            checkpoint_lines: settings.checkpoint_lines,
            checkpoint_every: settings.checkpoint_every,
            written: head,
            durable: head,
            fresh: Vec::new(),
            unsynced: Vec::new(),
            unsynced_since: None,
            checkpoint: head,
            checkpoint_at: Instant::now(),
            outage: None,
        }
    }

    /// The first lines of this process, durable: that it begins, as which replica, and what it found.
    pub fn begin(&mut self, instance: &str, gaps: &[Gap]) -> io::Result<()> {
        self.say(Entry::new(Event::SysMonitorEnabled).on(INSTANCE, instance));
        for gap in gaps {
            self.say_gap(*gap);
        }
        self.write()?;
        self.seal()?;
        self.status.writable.store(true, Ordering::Release);
        Ok(())
    }

    /// Until the journal is closed, or nobody has it any more.
    pub fn run(mut self, messages: &Receiver<Message>) {
        let closed = loop {
            match messages.recv_timeout(self.pause()) {
                Ok(Message::Line(queued)) => self.fresh.push(*queued),
                Ok(Message::Close(closed)) => break Some(closed),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break None,
            }
            let mut close = None;
            while self.fresh.len() < GROUP && close.is_none() {
                match messages.try_recv() {
                    Ok(Message::Line(queued)) => self.fresh.push(*queued),
                    Ok(Message::Close(closed)) => close = Some(closed),
                    Err(_) => break,
                }
            }
            self.turn();
            if close.is_some() {
                break close;
            }
        };
        self.end(messages);
        // The lock is free before anybody hears of it.
        drop(self);
        if let Some(closed) = closed {
            closed.send(()).ok();
        }
    }

    /// How long nothing needs to be done unless a line comes.
    fn pause(&self) -> Duration {
        let due = if let Some(outage) = &self.outage {
            Some(outage.retry_at)
        } else if let Some(since) = self.unsynced_since {
            Some(since + LAZY)
        } else if self.durable != self.checkpoint {
            Some(self.checkpoint_at + self.checkpoint_every)
        } else {
            None
        };
        due.map_or(IDLE, |due| due.saturating_duration_since(Instant::now()))
    }

    /// Writes what there is, syncs if somebody waits or it is time; or tries to recover.
    fn turn(&mut self) {
        let result = match &self.outage {
            None => self.commit(),
            Some(outage) => {
                let due = outage.retry_at <= Instant::now();
                self.refuse_waiting();
                if !due {
                    return;
                }
                self.recover()
            }
        };
        if let Err(error) = result {
            self.fail(&error);
        }
    }

    fn commit(&mut self) -> io::Result<()> {
        if self.sink.is_full() {
            self.seal()?;
            self.sink.rotate(self.durable)?;
        }
        self.write()?;
        let lines = self.written.seq.saturating_sub(self.checkpoint.seq);
        let old = self.checkpoint_at.elapsed() >= self.checkpoint_every;
        if lines >= self.checkpoint_lines || (lines > 0 && old) {
            return self.seal();
        }
        let waited_for = self.unsynced.iter().any(Queued::is_waited_for);
        let lazy = |since: Instant| since.elapsed() >= LAZY;
        if waited_for || self.unsynced.len() >= GROUP || self.unsynced_since.is_some_and(lazy) {
            self.sync()?;
        }
        Ok(())
    }

    /// All fresh lines in one write, after a line about those that were lost.
    fn write(&mut self) -> io::Result<()> {
        let lost = self.status.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let entry = Entry::new(Event::AuditGap).because(Reason::QueueFull);
            let gap = Queued::new(entry.times(lost), Phase::Point, self.clock.now(), None);
            self.fresh.insert(0, gap);
        }
        if self.fresh.is_empty() {
            return Ok(());
        }
        let (mut lines, mut head) = (Vec::new(), self.written);
        for queued in &mut self.fresh {
            queued.seq = head.seq.saturating_add(1);
            let line = line::write(&queued.entry, &queued.position(head))?;
            head = head.after(&line);
            lines.extend_from_slice(&line);
            lines.push(b'\n');
        }
        self.sink.write(&lines)?;
        self.written = head;
        self.unsynced.append(&mut self.fresh);
        self.unsynced_since.get_or_insert_with(Instant::now);
        Ok(())
    }

    /// Makes durable what is written, and tells those who wait.
    fn sync(&mut self) -> io::Result<()> {
        self.sink.sync()?;
        let lines = self.written.seq.saturating_sub(self.durable.seq);
        self.durable = self.written;
        self.unsynced_since = None;
        self.status
            .durable
            .store(self.durable.seq, Ordering::Release);
        self.status.lines.fetch_add(lines, Ordering::Relaxed);
        self.status.syncs.fetch_add(1, Ordering::Relaxed);
        for queued in self.unsynced.drain(..) {
            if let Some(observer) = &self.observer {
                queued.tell(&**observer);
            }
            queued.acknowledge();
        }
        Ok(())
    }

    /// A checkpoint over all lines so far, made durable with them.
    fn seal(&mut self) -> io::Result<()> {
        let (head, at) = (self.written, self.clock.now());
        let seq = head.seq.saturating_add(1);
        let signature = self.key.sign(seq, head.hash, &line::timestamp(at)?)?;
        let position = Position {
            seq,
            prev_hash: head.hash,
            at,
            phase: Phase::Point,
            attempt: None,
            outcome: None,
            checkpoint: Some(&signature),
        };
        let mut line = line::write(&Entry::new(Event::AuditCheckpoint), &position)?;
        let head = head.after(&line);
        line.push(b'\n');
        self.sink.write(&line)?;
        self.written = head;
        self.sync()?;
        self.checkpoint = head;
        self.checkpoint_at = Instant::now();
        line.pop();
        // An older head still vouches for all before it.
        if let Err(error) = self.sink.keep_head(&line) {
            tracing::warn!(%error, "the audit journal's head was not written");
        }
        Ok(())
    }

    fn say(&mut self, entry: Entry) {
        let queued = Queued::new(entry, Phase::Point, self.clock.now(), None);
        self.fresh.push(queued);
    }

    fn say_gap(&mut self, gap: Gap) {
        let entry = Entry::new(Event::AuditGap).because(gap.reason);
        self.say(match gap.count {
            Some(count) => entry.times(count),
            None => entry,
        });
    }
}

/// However the thread ends, by a defect of ours too: nothing can be written any more.
impl Drop for Writer {
    fn drop(&mut self) {
        self.status.writable.store(false, Ordering::Release);
    }
}
