//! Events that come in floods, counted and put on record every few seconds.
//!
//! A line for each would let an attacker fill the disk, or hide in the noise (CONTROLS LO-07). What is
//! counted together is the same event, for the same reason, of the same caller where there is one.

use dashmap::DashMap;

use crate::audit::{Actor, Entry, Event, Journal};

/// So many of a caller between two flushes are a burst; fewer are somebody's typing.
const BURST: u64 = 10;

/// What was counted since the last flush. Callers are authenticated, so their quotas bound it.
#[derive(Debug, Default)]
pub struct Tally(DashMap<Counted, u64>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Counted {
    event: Event,
    reason: &'static str,
    actor: Option<Actor>,
}

impl Tally {
    /// One more.
    pub fn count(&self, event: Event, reason: &'static str, actor: Option<Actor>) {
        let counted = Counted {
            event,
            reason,
            actor,
        };
        *self.0.entry(counted).or_default() += 1;
    }

    /// Puts on record what was counted, and begins anew.
    pub fn flush(&self, journal: &Journal) {
        self.0.retain(|counted, count| {
            let typing = matches!(
                counted.event,
                Event::InputValidationFail | Event::MaliciousExcess404
            );
            if !typing || *count >= BURST {
                let entry = Entry::new(counted.event)
                    .because(counted.reason)
                    .count(*count);
                journal.point(match counted.actor.clone() {
                    Some(actor) => entry.by(actor),
                    None => entry,
                });
            }
            false
        });
        self.0.shrink_to_fit();
    }
}
