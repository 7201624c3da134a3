//! Reads a journal line by line and says which one is the first that cannot be right.
//!
//! The same scan serves the start of the service and `audit verify`. It holds one line, and the
//! attempts that wait for their outcome, however long the journal is.

mod fault;
mod order;
mod view;

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{
    chain::{Hash, Tip},
    checkpoint::PublicKey,
    entry::Phase,
    event::Event,
    reason::Reason,
};
pub use fault::Fault;
use order::Order;
pub(super) use view::View;

/// Attempts that may be open at once; a service has as many as requests in flight.
const MAX_OPEN: usize = 65_536;

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
    /// Lines after the last checkpoint; by a known key, if keys are known.
    pub unsigned: u64,
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
    other_keys: bool,
    head: Option<Tip>,
    list: usize,
    begin: Option<Tip>,
    tip: Option<Tip>,
    signed: Option<u64>,
    begins_with_gap: bool,
    order: Order,
    open: BTreeMap<u64, Attempt>,
    seen: Seen,
}

impl<'a> Scan<'a> {
    /// Of a chain that begins anywhere, and in which the line `head` must stand, if its number comes.
    #[must_use]
    pub fn new(head: Option<Tip>) -> Self {
        Self {
            head,
            ..Self::default()
        }
    }

    /// Holds checkpoints against these keys; none leaves their signatures unchecked.
    #[must_use]
    pub fn signed_by(self, keys: &'a [PublicKey]) -> Self {
        Self { keys, ..self }
    }

    /// Passes over checkpoints by keys that are not known: they vouch for nothing.
    #[must_use]
    pub fn with_other_keys(self) -> Self {
        let other_keys = true;
        Self { other_keys, ..self }
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

    /// What the first line says that it follows.
    #[must_use]
    pub fn begin(&self) -> Option<Tip> {
        self.begin
    }

    /// The number of the last checkpoint by a known key.
    #[must_use]
    pub fn signed(&self) -> Option<u64> {
        self.signed
    }

    /// Whether a gap is said before the first checkpoint: what was there before is known to be broken.
    #[must_use]
    pub fn begins_with_gap(&self) -> bool {
        self.begins_with_gap
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
        let order = match self.tip {
            None if view.seq == 1 => Order::Nobody,
            _ => self.order,
        };
        self.order = order.then(&view)?;
        self.vouched(&view)?;
        self.paired(&view)?;
        self.gap(&view);
        self.seen.lines += 1;
        if self.seen.first.is_none() {
            self.seen.first = Some((view.seq, printable(&view.ts.0)));
            self.begin = Some(Tip {
                seq: view.seq.saturating_sub(1),
                hash: view.prev_hash,
            });
        }
        self.seen.last = Some(printable(&view.ts.0));
        self.tip = Some(tip);
        Ok(())
    }

    fn gap(&mut self, view: &View<'_>) {
        if view.event.0 != Event::AuditGap.name() {
            return;
        }
        let queue = view.reason_code.as_ref();
        let queue = queue.is_some_and(|reason| reason.0 == Reason::QueueFull.name());
        self.begins_with_gap |= self.seen.checkpoints == 0 && !queue;
        let seen = &mut self.seen;
        note(&mut seen.gaps, &mut seen.gap_count, self.list, view.seq);
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

    fn vouched(&mut self, view: &View<'_>) -> Result<(), Fault> {
        self.seen.unsigned += 1;
        let Some(signature) = &view.checkpoint else {
            return Ok(());
        };
        self.seen.checkpoints += 1;
        match self.keys.iter().find(|key| key.id == signature.key) {
            Some(key) if !key.vouches(signature, view.seq, view.prev_hash, &view.ts.0) => {
                return Err(Fault::Signature);
            }
            None if self.other_keys => return Ok(()),
            None if !self.keys.is_empty() => {
                return Err(Fault::UnknownKey(printable(&signature.key)));
            }
            Some(_) | None => {}
        }
        self.signed = Some(view.seq);
        self.seen.unsigned = 0;
        Ok(())
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
                    action: view.action.as_ref().map(|action| printable(&action.0)),
                    request_id: view.request_id,
                    ts: printable(&view.ts.0),
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
            (Phase::Point, _) if view.event.0 == Event::SysMonitorEnabled.name() => {
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
