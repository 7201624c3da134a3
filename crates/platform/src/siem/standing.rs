//! What operators are told of the receiver: once when it is away, does not confirm or is behind, and once when it
//! confirms in time again.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use serde::Deserialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{connection::Fault, figures::Figures};
use crate::{
    audit::{Entry, Event, Journal, Reason},
    clock::Clock,
};

/// A line that waits longer is late.
const LATE: Duration = Duration::from_mins(5);

/// The member that says when.
#[derive(Deserialize)]
struct Moment<'m> {
    ts: &'m str,
}

/// How the receiver stands.
pub(super) struct Standing {
    /// Its name in records.
    pub receiver: String,
    pub journal: Journal,
    pub clock: Arc<dyn Clock>,
    pub figures: Arc<Figures>,
    /// Whether operators know that it fails.
    pub fails: bool,
}

impl Standing {
    /// Lines up to this one, `line`, are confirmed.
    pub fn confirmed(&mut self, line: &[u8]) {
        if self.is_late(line) {
            self.fail(Reason::ReceiverBehind);
        } else {
            self.figures.is_up.store(true, Ordering::Relaxed);
            if std::mem::take(&mut self.fails) {
                tracing::info!(receiver = self.receiver, "the SIEM confirms lines again");
                self.say(Entry::new(Event::SiemSyncOk));
            }
        }
    }

    /// Lines were not confirmed.
    pub fn failed(&mut self, fault: &Fault) {
        Figures::add(&self.figures.failures, 1);
        if self.fails {
            tracing::debug!(%fault, "the SIEM still does not confirm lines");
        } else {
            tracing::error!(%fault, receiver = self.receiver, "the SIEM does not confirm lines");
        }
        self.fail(match fault {
            Fault::Connect(_) | Fault::Tls(_) => Reason::ReceiverAway,
            Fault::Broken(_) | Fault::Ended | Fault::Unanswered => Reason::NotConfirmed,
            Fault::Journal(_) => Reason::NotReadable,
        });
    }

    /// So many lines can never be sent.
    pub fn missing(&self, count: u64) {
        Figures::add(&self.figures.missing, count);
        tracing::error!(count, "lines were gone before the SIEM had confirmed them");
        let entry = Entry::new(Event::SiemSyncFail).because(Reason::LinesGone);
        self.say(entry.times(count));
    }

    fn fail(&mut self, reason: Reason) {
        self.figures.is_up.store(false, Ordering::Relaxed);
        if !std::mem::replace(&mut self.fails, true) {
            self.say(Entry::new(Event::SiemSyncFail).because(reason));
        }
    }

    fn say(&self, entry: Entry) {
        self.journal.point(entry.on("siem", &self.receiver));
    }

    fn is_late(&self, line: &[u8]) -> bool {
        let at = serde_json::from_slice::<Moment>(line).ok();
        let at = at.and_then(|moment| OffsetDateTime::parse(moment.ts, &Rfc3339).ok());
        at.is_some_and(|at| self.clock.now() - at > LATE)
    }
}
