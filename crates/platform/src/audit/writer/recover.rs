//! While the journal cannot be written: what fails, what is kept, and how it comes back.
//!
//! A retry that goes on where the last write failed would build on lines that may not be there. So the
//! sink is brought back to the last line that a sync vouched for, and the rest is written anew.

use std::{io, sync::atomic::Ordering};

use super::{Writer, outage::Outage};
use crate::audit::{entry::Entry, event::Event, reason::Reason, sink::Sink as _, start::Gap};

impl Writer {
    /// After a failed write or sync, only lines up to the last successful sync count. Callers that wait
    /// are refused; all other lines are kept for later.
    pub(super) fn fail(&mut self, error: &io::Error) {
        if let Some(outage) = &mut self.outage {
            outage.goes_on();
            tracing::debug!(%error, "the audit journal still cannot be written");
        } else {
            // Read before a change is refused because of this outage.
            let refused = self.status.refused.load(Ordering::Relaxed);
            self.status.writable.store(false, Ordering::Release);
            self.outage = Some(Outage::begin(refused));
            tracing::error!(%error, "the audit journal cannot be written: changes are refused");
            // No line can say so now.
            if let Some(observer) = &self.observer {
                let entry = Entry::new(Event::AuditSinkFail).because(Reason::NotWritable);
                observer.observe(&entry, None, self.clock.now());
            }
        }
        self.written = self.durable;
        self.unsynced_since = None;
        self.unsynced.append(&mut self.fresh);
        std::mem::swap(&mut self.unsynced, &mut self.fresh);
        self.refuse_waiting();
    }

    pub(super) fn refuse_waiting(&mut self) {
        let status = &self.status;
        self.fresh.retain_mut(|queued| {
            let waited = queued.refuse();
            if waited {
                status.refused.fetch_add(1, Ordering::Relaxed);
            }
            // What this thread itself said about the failure is said anew, with the next numbers.
            !waited && !queued.is_about_the_sink()
        });
    }

    /// Goes back to the last durable line, and writes all that was kept after it, and what happened.
    pub(super) fn recover(&mut self) -> io::Result<()> {
        let changed = self.sink.repair(self.durable)?;
        if self.sink.is_full() {
            self.sink.rotate(self.durable)?;
        }
        let refused = self.status.refused.load(Ordering::Relaxed);
        let before = self
            .outage
            .as_ref()
            .map_or(0, |outage| outage.refused_before);
        self.say(
            Entry::new(Event::AuditSinkFail)
                .because(Reason::NotWritable)
                .times(refused - before),
        );
        if let Some(reason) = changed {
            self.say_gap(Gap {
                reason,
                count: None,
            });
        }
        self.write()?;
        self.seal()?;
        self.outage = None;
        self.status.writable.store(true, Ordering::Release);
        tracing::info!("the audit journal can be written again");
        Ok(())
    }
}
