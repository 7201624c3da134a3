//! Reads a journal line by line and says which one is the first that cannot be right.
//!
//! The same scan serves the start of the service and `audit verify`. It holds one line, and the
//! attempts that wait for their outcome, however long the journal is.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Deserialize;
use uuid::Uuid;

use super::{
    chain::{Hash, Tip},
    checkpoint::{PublicKey, Signature},
    entry::Phase,
    event::Event,
    line::MAX_LINE,
};

/// Attempts that may be open at once; a service has as many as requests in flight.
const MAX_OPEN: usize = 65_536;

/// Why a line cannot stand where it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("is not finished: the service is writing it, or ended while it did")]
    Unfinished,
    #[error("is longer than any line of a journal")]
    TooLong,
    #[error("is not a line of a journal")]
    NotALine,
    #[error("has number {found} where {expected} follows: lines were taken out, put in or moved")]
    Number { expected: u64, found: u64 },
    #[error("was not written after the line that stands before it: one of the two was changed")]
    Link,
    #[error("is a checkpoint with a signature that does not match")]
    Signature,
    #[error("is a checkpoint by the key {0}, which was not given")]
    UnknownKey(String),
    #[error("is the outcome of an attempt (number {0}) that is not open")]
    NoAttempt(u64),
    #[error("is another than the one that was signed as number {0}: the journal was replaced")]
    NotTheHead(u64),
}

/// What the scan needs of a line.
#[derive(Deserialize)]
pub(super) struct View<'a> {
    pub seq: u64,
    pub prev_hash: Hash,
    #[serde(borrow)]
    pub ts: Cow<'a, str>,
    #[serde(borrow)]
    pub event: Cow<'a, str>,
    phase: Phase,
    attempt: Option<u64>,
    #[serde(borrow)]
    action: Option<Cow<'a, str>>,
    request_id: Option<Uuid>,
    pub checkpoint: Option<Signature>,
}

impl<'a> View<'a> {
    /// # Errors
    /// When it is none, or has bytes that the journal never writes.
    pub fn parse(line: &'a [u8]) -> Result<Self, Fault> {
        if line.len() > MAX_LINE {
            return Err(Fault::TooLong);
        }
        if !line.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(Fault::NotALine);
        }
        serde_json::from_slice(line).map_err(|_| Fault::NotALine)
    }
}

/// An attempt whose outcome is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub seq: u64,
    pub action: Option<String>,
    pub request_id: Option<Uuid>,
    pub ts: String,
}

/// What was read so far.
#[derive(Debug, Default)]
pub struct Seen {
    pub lines: u64,
    /// Number and time of the first line.
    pub first: Option<(u64, String)>,
    /// Time of the last line.
    pub last: Option<String>,
    pub checkpoints: u64,
    /// Whether the line that had to be there was.
    pub head: bool,
    /// The first few orphans, and how many there are.
    pub orphans: Vec<Attempt>,
    pub orphan_count: u64,
    /// Lines that say that something is missing, and how many there are.
    pub gaps: Vec<u64>,
    pub gap_count: u64,
}

/// The lines of a journal, in their order.
#[derive(Default)]
pub struct Scan<'a> {
    keys: &'a [PublicKey],
    head: Option<Tip>,
    list: usize,
    tip: Option<Tip>,
    open: BTreeMap<u64, Attempt>,
    seen: Seen,
}

impl<'a> Scan<'a> {
    /// Of a chain that goes on after `tip`, or else begins anywhere, and in which the line `head` must
    /// stand, if its number comes.
    #[must_use]
    pub fn new(tip: Option<Tip>, head: Option<Tip>) -> Self {
        Self {
            head,
            tip,
            ..Self::default()
        }
    }

    /// Holds checkpoints against these keys; none leaves their signatures unchecked.
    #[must_use]
    pub fn signed_by(self, keys: &'a [PublicKey]) -> Self {
        Self { keys, ..self }
    }

    /// Lists so many orphans and gaps; more are only counted.
    #[must_use]
    pub fn listing(self, list: usize) -> Self {
        Self { list, ..self }
    }

    /// The end of the chain as far as it is sound.
    #[must_use]
    pub fn tip(&self) -> Option<Tip> {
        self.tip
    }

    /// Attempts that nothing says the end of, yet: their process still runs, or just ended.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open.len()
    }

    #[must_use]
    pub fn into_seen(self) -> Seen {
        self.seen
    }

    /// Reads the next line, without its line feed.
    ///
    /// # Errors
    /// When it cannot be right; the scan ends there.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Fault> {
        let view = View::parse(line)?;
        self.linked(&view)?;
        let tip = Tip {
            seq: view.seq,
            hash: Hash::of(line),
        };
        if let Some(head) = self.head.filter(|head| head.seq == tip.seq) {
            if head != tip {
                return Err(Fault::NotTheHead(tip.seq));
            }
            self.seen.head = true;
        }
        self.signed(&view)?;
        self.paired(&view)?;
        self.seen.lines += 1;
        if view.event == Event::AuditGap.name() {
            note(
                &mut self.seen.gaps,
                &mut self.seen.gap_count,
                self.list,
                view.seq,
            );
        }
        if self.seen.first.is_none() {
            self.seen.first = Some((view.seq, printable(&view.ts)));
        }
        self.seen.last = Some(printable(&view.ts));
        self.tip = Some(tip);
        Ok(())
    }

    fn linked(&self, view: &View<'_>) -> Result<(), Fault> {
        // A journal whose older files are elsewhere begins with any number; number one has no past.
        let tip = match self.tip {
            Some(tip) => tip,
            None if view.seq == 1 => Tip::START,
            None => return Ok(()),
        };
        let expected = tip.seq.saturating_add(1);
        if view.seq != expected {
            let found = view.seq;
            return Err(Fault::Number { expected, found });
        }
        if view.prev_hash == tip.hash {
            Ok(())
        } else {
            Err(Fault::Link)
        }
    }

    fn signed(&mut self, view: &View<'_>) -> Result<(), Fault> {
        let Some(signature) = &view.checkpoint else {
            return Ok(());
        };
        self.seen.checkpoints += 1;
        if self.keys.is_empty() {
            return Ok(());
        }
        let key = self.keys.iter().find(|key| key.id == signature.key);
        let key = key.ok_or_else(|| Fault::UnknownKey(printable(&signature.key)))?;
        if key.vouches(signature, view.seq, view.prev_hash, &view.ts) {
            Ok(())
        } else {
            Err(Fault::Signature)
        }
    }

    fn paired(&mut self, view: &View<'_>) -> Result<(), Fault> {
        match (view.phase, view.attempt) {
            (Phase::Attempt, _) => {
                if self.open.len() == MAX_OPEN
                    && let Some((_, oldest)) = self.open.pop_first()
                {
                    self.orphan(oldest);
                }
                let attempt = Attempt {
                    seq: view.seq,
                    action: view.action.as_deref().map(printable),
                    request_id: view.request_id,
                    ts: printable(&view.ts),
                };
                self.open.insert(view.seq, attempt);
            }
            (Phase::Outcome, attempt) => {
                let attempt = attempt.unwrap_or_default();
                let known = self
                    .seen
                    .first
                    .as_ref()
                    .is_some_and(|first| attempt >= first.0);
                if self.open.remove(&attempt).is_none() && known {
                    return Err(Fault::NoAttempt(attempt));
                }
            }
            // A new process: nobody is left who could end what the one before began.
            (Phase::Point, _) if view.event == Event::SysMonitorEnabled.name() => {
                while let Some((_, attempt)) = self.open.pop_first() {
                    self.orphan(attempt);
                }
            }
            (Phase::Point, _) => {}
        }
        Ok(())
    }

    fn orphan(&mut self, attempt: Attempt) {
        let seen = &mut self.seen;
        note(
            &mut seen.orphans,
            &mut seen.orphan_count,
            self.list,
            attempt,
        );
    }
}

fn note<T>(listed: &mut Vec<T>, count: &mut u64, most: usize, item: T) {
    *count += 1;
    if listed.len() < most {
        listed.push(item);
    }
}

/// A journal that somebody else made may hold anything; it must not reach a terminal.
fn printable(text: &str) -> String {
    text.chars()
        .take(64)
        .map(|c| if matches!(c, ' '..='~') { c } else { '?' })
        .collect()
}
