//! Events that come in floods, counted and put on record every few seconds.
//!
//! A line for each would let an attacker fill the disk, or hide in the noise. What is counted
//! together is one [`Entry`]: the same event, reason and operation of the same client.
//!
//! The table is bounded and strangers fill it, so callers and addresses have rooms of their own. In a
//! full room the oldest count goes on record early, with its name, and makes place. That is a line for
//! a line, and a stranger can have as many addresses as there are: of addresses only so many lines are
//! written in a round, then the name of the newcomer is lost and its events are still counted. The
//! name of an authenticated caller is never lost: a caller has a token and a quota.
//!
//! Controls: LO-07

mod room;

use crate::audit::Entry;
use room::Room;

/// Counts of callers. A caller with several kinds of events has several.
const CALLERS: usize = 4096;
/// Counts of addresses.
const ADDRESSES: usize = 512;
/// Lines about addresses between two rounds.
const ADDRESS_LINES: usize = 512;
/// The first events of a round that have a line of their own each; the rest is counted.
const FIRST: u64 = 5;

/// What was counted and is not on record yet.
pub struct EventAggregator {
    callers: Room,
    addresses: Room,
    record: Box<dyn Fn(Entry) + Send + Sync>,
}

impl EventAggregator {
    /// Nothing counted yet; `record` puts an entry on record and does not wait.
    #[must_use]
    pub fn new(record: impl Fn(Entry) + Send + Sync + 'static) -> Self {
        Self {
            callers: Room::new(CALLERS, usize::MAX),
            addresses: Room::new(ADDRESSES, ADDRESS_LINES),
            record: Box::new(record),
        }
    }

    /// One more of this event.
    pub fn count(&self, event: Entry) {
        self.add(event, 0);
    }

    /// One more of an event that has lines of its own; whether this one is to have it.
    #[must_use]
    pub fn admit_line(&self, event: Entry) -> bool {
        self.add(event, FIRST)
    }

    /// One more of an event that waits for an hour; whether it is the first of it, which is to have a line.
    #[must_use]
    pub fn admit_first(&self, event: Entry) -> bool {
        self.add(event, 1)
    }

    fn add(&self, event: Entry, first: u64) -> bool {
        let room = if event.has_actor() {
            &self.callers
        } else {
            &self.addresses
        };
        let (is_first, early) = room.add(event, first);
        if let Some(early) = early {
            (self.record)(early);
        }
        is_first
    }

    /// Puts on record what was counted; what may be typing waits for more of it.
    pub fn flush(&self) {
        self.tell(false);
    }

    /// Puts all of it on record: a stop must not make anybody forget who probed slowly.
    pub fn finish(&self) {
        self.tell(true);
    }

    fn tell(&self, all: bool) {
        for room in [&self.callers, &self.addresses] {
            room.flush(all, &self.record);
        }
    }
}

#[cfg(test)]
mod tests;
