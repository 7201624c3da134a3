//! What the rest of the service sees of the journal.
//!
//! The order of types is the order of a change: [`Journal::attempt`] waits for the disk and hands out
//! an [`AuditAttempt`]; its holder makes the change and says how it ended.

use std::{
    path::Path,
    sync::{Arc, atomic::Ordering, mpsc},
    thread,
    time::Duration,
};

use aws_lc_rs::hmac;
use tokio::sync::{Semaphore, oneshot};

use super::{
    attempt::AuditAttempt,
    chain::{ChainHead, Hash},
    checkpoint::CheckpointKey,
    entry::{Entry, Phase},
    observer::Observer,
    sink::{self, Sink},
    start::{self, Gap, OpenError},
    status::{JournalMetrics, Status, Unwritable},
    watch::Watched,
    writer::{Message, Parts, Queued, Writer},
};
use crate::{
    clock::Clock,
    config::{self, AuditSink, UnwritableReads},
};

/// How long the end may take.
const CLOSE: Duration = Duration::from_secs(5);

/// The handle that everybody has. Cheap to clone; the journal closes when the last one is dropped.
#[derive(Clone)]
pub struct Journal(Arc<Shared>);

struct Shared {
    queue: mpsc::Sender<Message>,
    clock: Arc<dyn Clock>,
    status: Arc<Status>,
    reads: UnwritableReads,
    /// Room for attempts and their outcomes, and for points: a flood of refused requests must not
    /// take the room of those that change something.
    changes: Arc<Semaphore>,
    points: Arc<Semaphore>,
    hash_key: hmac::Key,
}

impl Journal {
    /// Opens the journal that the settings name, checks it, writes its first line and starts the
    /// thread that writes all others. The key of the checkpoints is `audit.key` in `data_dir`.
    ///
    /// # Errors
    /// When it cannot be written, or must not be.
    pub fn open(
        settings: &config::Audit,
        data_dir: &Path,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        Self::open_observed(settings, data_dir, clock, None)
    }

    /// The same with somebody who learns of its lines.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn open_observed(
        settings: &config::Audit,
        data_dir: &Path,
        clock: Arc<dyn Clock>,
        observer: Option<Arc<dyn Observer>>,
    ) -> Result<Self, OpenError> {
        let key = CheckpointKey::open(data_dir)?;
        let (sink, head, gaps): (Box<dyn Sink>, _, _) = match settings.sink {
            AuditSink::Stdout => {
                let stream = sink::standard_output().map_err(OpenError::Write)?;
                (Box::new(stream), ChainHead::START, Vec::new())
            }
            AuditSink::File => {
                let path = settings.path(data_dir);
                let start = start::open(&path, settings.max_file_bytes, key.public())?;
                (Box::new(start.sink), start.head, start.gaps)
            }
        };
        let parts = Parts {
            clock,
            key,
            observer,
        };
        Self::begin(sink, head, &gaps, settings, parts)
    }

    /// A new chain over any sink.
    ///
    /// # Errors
    /// When its first line cannot be written.
    pub fn over(
        sink: impl Sink,
        settings: &config::Audit,
        key: CheckpointKey,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let parts = Parts {
            clock,
            key,
            observer: None,
        };
        Self::begin(Box::new(sink), ChainHead::START, &[], settings, parts)
    }

    fn begin(
        sink: Box<dyn Sink>,
        head: ChainHead,
        gaps: &[Gap],
        settings: &config::Audit,
        parts: Parts,
    ) -> Result<Self, OpenError> {
        let clock = parts.clock.clone();
        let status = Arc::new(Status::default());
        let (queue, messages) = mpsc::channel();
        let watch = status.watch.clone();
        let sink = Watched { sink, watch };
        let hash_key = parts.key.hash_key().map_err(OpenError::Write)?;
        let mut writer = Writer::new(sink, head, settings, parts, status.clone());
        let instance = settings.instance();
        writer.begin(&instance, gaps).map_err(OpenError::Write)?;
        thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || writer.run(&messages))
            .map_err(OpenError::Write)?;
        let room = || Arc::new(Semaphore::new(settings.queue_lines));
        Ok(Self(Arc::new(Shared {
            queue,
            clock,
            status,
            reads: settings.reads_when_unwritable,
            changes: room(),
            points: room(),
            hash_key,
        })))
    }

    /// A hash of a text that may hold secrets: the same text has the same hash for as long as the
    /// data directory has the same `audit.key`. A reader of the journal cannot try guesses against it.
    #[must_use]
    pub fn keyed_hash(&self, text: &[u8]) -> Hash {
        Hash::keyed(&self.0.hash_key, text)
    }

    /// Records that something is about to be changed. It is on the disk when this returns.
    ///
    /// # Errors
    /// When it could not be written: then the change must not be made.
    pub async fn attempt(&self, entry: Entry) -> Result<AuditAttempt, Unwritable> {
        let shared = &self.0;
        let refuse = || {
            shared.status.refused.fetch_add(1, Ordering::Relaxed);
            Unwritable
        };
        if !self.is_writable() {
            return Err(refuse());
        }
        // The outcome's place is taken now, so that it cannot find the queue full.
        let room = shared.changes.clone().try_acquire_many_owned(2);
        let mut room = room.map_err(|_| refuse())?;
        let (acknowledge, acknowledged) = oneshot::channel();
        let outcome_room = room.split(1).ok_or_else(refuse)?;
        let queued = Queued {
            acknowledge: Some(acknowledge),
            ..Queued::new(entry, Phase::Attempt, shared.clock.now(), Some(room))
        };
        let sent = shared.queue.send(Message::Line(Box::new(queued)));
        sent.map_err(|_| refuse())?;
        let (seq, entry) = acknowledged.await.map_err(|_| refuse())??;
        let (queue, clock) = (shared.queue.clone(), shared.clock.clone());
        Ok(AuditAttempt::new(seq, entry, outcome_room, queue, clock))
    }

    /// Records something that is over, without waiting. When the queue is full it is counted
    /// instead, and an `audit_gap` line will say how many were.
    pub fn point(&self, entry: Entry) {
        let shared = &self.0;
        let sent = shared.points.clone().try_acquire_owned().map(|room| {
            let queued = Queued::new(entry, Phase::Point, shared.clock.now(), Some(room));
            shared.queue.send(Message::Line(Box::new(queued)))
        });
        if !matches!(sent, Ok(Ok(()))) {
            shared.status.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether changes can be made at the moment: nothing has failed, and nothing is stuck.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        let status = &self.0.status;
        status.writable.load(Ordering::Acquire) && !status.watch.is_stuck()
    }

    /// Whether something may be read at the moment: the policy `audit.reads_when_unwritable`.
    ///
    /// # Errors
    /// When the journal cannot be written and the policy is to refuse.
    pub fn may_read(&self) -> Result<(), Unwritable> {
        if self.0.reads == UnwritableReads::Refuse && !self.is_writable() {
            return Err(Unwritable);
        }
        Ok(())
    }

    /// The number of the last line that is durable: only up to it may a reader of the file go.
    #[must_use]
    pub fn durable(&self) -> u64 {
        self.0.status.durable.load(Ordering::Acquire)
    }

    #[must_use]
    pub fn metrics(&self) -> JournalMetrics {
        self.0.status.metrics()
    }

    /// Writes what is queued, a last checkpoint, and closes: after this every change is refused.
    /// Waits for five seconds at most, since a sink that is stuck must not keep the process.
    pub async fn close(&self) {
        let (closed, wait) = oneshot::channel();
        if self.0.queue.send(Message::Close(closed)).is_err() {
            return;
        }
        if tokio::time::timeout(CLOSE, wait).await.is_err() {
            self.0.status.writable.store(false, Ordering::Release);
            tracing::error!("the audit journal is stuck: its last lines are lost");
        }
    }
}
