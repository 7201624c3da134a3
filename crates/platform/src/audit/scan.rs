//! Reads a journal line by line and says which one is the first that cannot be right.
//!
//! The same scan serves the start of the service and `audit verify`. It holds one line, and the
//! attempts that wait for their outcome, however long the journal is.

mod fault;
mod order;
mod parsed_line;
mod seen;

use std::collections::BTreeMap;

use super::{
    chain::{ChainHead, Hash},
    checkpoint::PublicKey,
    entry::Phase,
    event::Event,
    reason::Reason,
};
pub use fault::Fault;
use order::Order;
pub(super) use parsed_line::ParsedLine;
use seen::printable;
pub use seen::{OpenAttempt, Seen};

/// Attempts that may be open at once; a service has as many as requests in flight.
const MAX_OPEN: usize = 65_536;

/// The lines of a journal, in their order.
#[derive(Default)]
pub struct Scan<'a> {
    keys: &'a [PublicKey],
    other_keys: bool,
    latest_checkpoint: Option<ChainHead>,
    list: usize,
    begin: Option<ChainHead>,
    head: Option<ChainHead>,
    signed: Option<u64>,
    begins_with_gap: bool,
    order: Order,
    open: BTreeMap<u64, OpenAttempt>,
    seen: Seen,
}

impl<'a> Scan<'a> {
    /// Of a chain that begins anywhere, and in which the line of `latest_checkpoint` must stand, if its number
    /// comes.
    #[must_use]
    pub fn new(latest_checkpoint: Option<ChainHead>) -> Self {
        Self {
            latest_checkpoint,
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
    pub fn head(&self) -> Option<ChainHead> {
        self.head
    }

    /// What the first line says that it follows.
    #[must_use]
    pub fn begin(&self) -> Option<ChainHead> {
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
        let parsed = ParsedLine::parse(line)?;
        self.linked(&parsed)?;
        let head = ChainHead {
            seq: parsed.seq,
            hash: Hash::of(line),
        };
        if let Some(latest_checkpoint) = self
            .latest_checkpoint
            .filter(|latest_checkpoint| latest_checkpoint.seq == head.seq)
        {
            if latest_checkpoint != head {
                return Err(Fault::NotTheHead(head.seq));
            }
            self.seen.latest_checkpoint = true;
        }
        let order = match self.head {
            None if parsed.seq == 1 => Order::Nobody,
            _ => self.order,
        };
        self.order = order.then(&parsed)?;
        self.vouched(&parsed)?;
        self.paired(&parsed)?;
        self.gap(&parsed);
        self.seen.instance(&parsed, self.list);
        self.seen.lines += 1;
        if self.seen.first.is_none() {
            self.seen.first = Some((parsed.seq, printable(&parsed.ts.0)));
            self.begin = Some(ChainHead {
                seq: parsed.seq.saturating_sub(1),
                hash: parsed.prev_hash,
            });
        }
        self.seen.last = Some(printable(&parsed.ts.0));
        self.head = Some(head);
        Ok(())
    }

    fn gap(&mut self, parsed: &ParsedLine<'_>) {
        if parsed.event.0 != Event::AuditGap.name() {
            return;
        }
        let queue = parsed.reason_code.as_ref();
        let queue = queue.is_some_and(|reason| reason.0 == Reason::QueueFull.name());
        self.begins_with_gap |= self.seen.checkpoints == 0 && !queue;
        let seen = &mut self.seen;
        note(&mut seen.gaps, &mut seen.gap_count, self.list, parsed.seq);
    }

    fn linked(&self, parsed: &ParsedLine<'_>) -> Result<(), Fault> {
        // A journal whose older files are elsewhere begins with any number; number one has no past.
        let head = match self.head {
            Some(head) => head,
            None if parsed.seq == 1 => ChainHead::START,
            None => return Ok(()),
        };
        let expected = head.seq.saturating_add(1);
        if parsed.seq != expected {
            let found = parsed.seq;
            return Err(Fault::Number { expected, found });
        }
        if parsed.prev_hash == head.hash {
            Ok(())
        } else {
            Err(Fault::Link)
        }
    }

    fn vouched(&mut self, parsed: &ParsedLine<'_>) -> Result<(), Fault> {
        self.seen.unsigned += 1;
        let Some(signature) = &parsed.checkpoint else {
            return Ok(());
        };
        self.seen.checkpoints += 1;
        match self.keys.iter().find(|key| key.id == signature.key) {
            Some(key) if !key.vouches(signature, parsed.seq, parsed.prev_hash, &parsed.ts.0) => {
                return Err(Fault::Signature);
            }
            None if self.other_keys => return Ok(()),
            None if !self.keys.is_empty() => {
                return Err(Fault::UnknownKey(printable(&signature.key)));
            }
            Some(_) | None => {}
        }
        self.signed = Some(parsed.seq);
        self.seen.unsigned = 0;
        Ok(())
    }

    fn paired(&mut self, parsed: &ParsedLine<'_>) -> Result<(), Fault> {
        match (parsed.phase, parsed.attempt) {
            (Phase::Attempt, _) => {
                if self.open.len() == MAX_OPEN
                    && let Some((_, oldest)) = self.open.pop_first()
                {
                    self.orphan(oldest);
                }
                let attempt = OpenAttempt {
                    seq: parsed.seq,
                    action: parsed.action.as_ref().map(|action| printable(&action.0)),
                    request_id: parsed.request_id,
                    ts: printable(&parsed.ts.0),
                };
                self.open.insert(parsed.seq, attempt);
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
            (Phase::Point, _) if parsed.event.0 == Event::SysMonitorEnabled.name() => {
                while let Some((_, attempt)) = self.open.pop_first() {
                    self.orphan(attempt);
                }
            }
            (Phase::Point, _) => {}
        }
        Ok(())
    }

    fn orphan(&mut self, attempt: OpenAttempt) {
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
