//! The end of a process in the journal: after it has said that it ends, only a checkpoint follows.

use std::sync::{atomic::Ordering, mpsc::Receiver};

use super::{Writer, queued::Message};
use crate::audit::{entry::Entry, event::Event};

impl Writer {
    /// Writes what is left, and the last lines of this process.
    pub(super) fn end(&mut self, messages: &Receiver<Message>) {
        self.status.writable.store(false, Ordering::Release);
        let result = match self.outage {
            None => self.write().and_then(|()| self.sync()),
            Some(_) => self.recover(),
        };
        let result = result.and_then(|()| {
            self.drain(messages);
            self.say(Entry::new(Event::SysMonitorDisabled));
            self.write()?;
            self.seal()
        });
        self.status.writable.store(false, Ordering::Release);
        if let Err(error) = result {
            let lines = self.fresh.len() + self.unsynced.len();
            tracing::error!(%error, lines, "the audit journal's last lines are lost");
        }
    }

    /// What came after the call to close: an outcome is still taken, a new attempt is not.
    fn drain(&mut self, messages: &Receiver<Message>) {
        for message in messages.try_iter() {
            if let Message::Line(mut queued) = message
                && !queued.refuse()
            {
                self.fresh.push(*queued);
            }
        }
    }
}
