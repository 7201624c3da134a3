//! Whether the database can be used, as the operations on it found: one state, and a count of each fault.
//!
//! A request that finds the database unusable is a 503 of its own. Operators need one message when that begins and
//! one when it is over, not one for each request. So the first fault begins it, and only a look that changes
//! something, with no fault since the look before, ends it. An operation that succeeds costs nothing here.
//!
//! Controls: CC-02, ER-05

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use super::fault::Fault;

/// The state of the database of a service.
pub(super) struct Availability {
    /// The fault that made it unusable.
    fault: watch::Sender<Option<Fault>>,
    /// How many operations failed with each fault, in the order of [`Fault::ALL`].
    counts: [AtomicU64; Fault::ALL.len()],
    /// How many had failed at the latest look.
    seen: AtomicU64,
}

impl Availability {
    pub fn new() -> Self {
        Self {
            fault: watch::Sender::new(None),
            counts: Default::default(),
            seen: AtomicU64::default(),
        }
    }

    /// An operation failed.
    pub fn failed(&self, fault: Fault) {
        if let Some(count) = self.counts.get(fault as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let begins = |now: &Option<Fault>| match now {
            None => true,
            // The one fault that does not end by itself.
            Some(now) => fault == Fault::Damaged && *now != fault,
        };
        if begins(&self.fault.borrow()) {
            self.fault.send_if_modified(|now| {
                let begins = begins(now);
                if begins {
                    *now = Some(fault);
                }
                begins
            });
        }
    }

    /// Somebody looked, and all went well. The database is usable when nothing has failed since the look before.
    pub fn looked_well(&self) {
        let failed = self.counts().map(|(_, count)| count).sum();
        let quiet = self.seen.swap(failed, Ordering::Relaxed) == failed;
        if quiet {
            self.fault.send_if_modified(|now| {
                let ends = now.is_some_and(|fault| fault != Fault::Damaged);
                if ends {
                    *now = None;
                }
                ends
            });
        }
    }

    /// The fault that made it unusable; none while it is usable.
    pub fn fault(&self) -> watch::Receiver<Option<Fault>> {
        self.fault.subscribe()
    }

    /// How many operations failed with each fault.
    pub fn counts(&self) -> impl Iterator<Item = (Fault, u64)> {
        let counts = self.counts.iter();
        let counts = counts.map(|count| count.load(Ordering::Relaxed));
        Fault::ALL.into_iter().zip(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_is_counted_by_itself() {
        let database = Availability::new();
        for (number, fault) in (1..).zip(Fault::ALL) {
            for _ in 0..number {
                database.failed(fault);
            }
        }
        let counts: Vec<_> = database.counts().collect();
        let expected: Vec<_> = Fault::ALL.into_iter().zip(1..).collect();
        assert_eq!(counts, expected);
    }

    #[test]
    fn the_first_fault_is_told_once_and_the_end_when_a_look_finds_no_new_fault() {
        let database = Availability::new();
        let mut told = database.fault();
        let mut tells = || {
            told.has_changed()
                .unwrap()
                .then(|| *told.borrow_and_update())
        };
        database.looked_well();
        assert_eq!(tells(), None);
        for fault in [Fault::Locked, Fault::Silent, Fault::Locked] {
            database.failed(fault);
        }
        assert_eq!(tells(), Some(Some(Fault::Locked)));
        database.failed(Fault::Full);
        database.looked_well();
        assert_eq!(tells(), None, "it failed since the look before");
        database.looked_well();
        assert_eq!(tells(), Some(None));
        database.failed(Fault::Full);
        assert_eq!(tells(), Some(Some(Fault::Full)));
    }

    #[test]
    fn a_damaged_file_stays_damaged_although_other_pages_can_be_written() {
        let database = Availability::new();
        database.failed(Fault::Silent);
        database.failed(Fault::Damaged);
        for _ in 0..3 {
            database.looked_well();
        }
        assert_eq!(*database.fault().borrow(), Some(Fault::Damaged));
    }
}
