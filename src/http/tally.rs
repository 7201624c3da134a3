//! Events that come in floods, counted and put on record every few seconds.
//!
//! A line for each would let an attacker fill the disk, or hide in the noise (CONTROLS LO-07). What is
//! counted together is the same event, for the same reason, of the same caller or address.

use std::{
    net::IpAddr,
    sync::atomic::{AtomicUsize, Ordering},
};

use dashmap::DashMap;

use crate::audit::{Actor, Entry, Event};

/// So many of one caller at once are intent; fewer may be somebody's typing, and wait.
const BURST: u64 = 10;
/// For so many rounds at most, an hour of them: slow probing is on record too.
const PATIENCE: u32 = 720;
/// So many of an event that has lines of its own have them; the rest of a round is counted.
const FIRST: u64 = 5;
/// Callers and addresses told apart in a round. A flood from more than that is one number.
const MAX_KEYS: usize = 1024;

/// Whose doing it is, as far as that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Who {
    pub actor: Option<Actor>,
    pub address: Option<IpAddr>,
}

impl From<Option<Actor>> for Who {
    fn from(actor: Option<Actor>) -> Self {
        Self {
            actor,
            address: None,
        }
    }
}

impl From<IpAddr> for Who {
    fn from(address: IpAddr) -> Self {
        Self {
            actor: None,
            address: Some(address),
        }
    }
}

/// What was counted and is not on record yet.
#[derive(Debug, Default)]
pub struct Tally {
    counts: DashMap<Counted, Count>,
    keys: AtomicUsize,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Counted {
    event: Event,
    reason: &'static str,
    who: Who,
}

#[derive(Debug, Default)]
struct Count {
    events: u64,
    rounds: u32,
    /// Of these, so many have a line of their own.
    told: u64,
}

impl Tally {
    /// One more.
    pub fn count(&self, event: Event, reason: &'static str, who: impl Into<Who>) {
        self.add(event, reason, who.into(), 0);
    }

    /// One more of an event that has lines of its own; whether this one is to have it.
    pub fn is_first(&self, event: Event, reason: &'static str, who: impl Into<Who>) -> bool {
        self.add(event, reason, who.into(), FIRST)
    }

    fn add(&self, event: Event, reason: &'static str, who: Who, first: u64) -> bool {
        let mut counted = Counted { event, reason, who };
        if self.keys.load(Ordering::Relaxed) >= MAX_KEYS && !self.counts.contains_key(&counted) {
            counted.who = Who::default();
        }
        let mut count = self.counts.entry(counted).or_insert_with(|| {
            self.keys.fetch_add(1, Ordering::Relaxed);
            Count::default()
        });
        count.events += 1;
        let is_first = count.told < first;
        count.told += u64::from(is_first);
        is_first
    }

    /// Puts on record what was counted; what may be typing waits for more of it.
    pub fn flush(&self, mut record: impl FnMut(Entry)) {
        self.counts.retain(|counted, count| {
            count.rounds += 1;
            let typing = matches!(
                counted.event,
                Event::InputValidationFail | Event::MaliciousExcess404
            );
            if typing && count.events < BURST && count.rounds < PATIENCE {
                return true;
            }
            let events = count.events - count.told;
            if events > 0 {
                record(counted.entry().count(events));
            }
            false
        });
        self.counts.shrink_to_fit();
        self.keys.store(self.counts.len(), Ordering::Relaxed);
    }
}

impl Counted {
    fn entry(&self) -> Entry {
        let entry = Entry::new(self.event).because(self.reason);
        let entry = match self.who.actor.clone() {
            Some(actor) => entry.by(actor),
            None => entry,
        };
        match self.who.address {
            Some(address) => entry.from(address),
            None => entry,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(tally: &Tally) -> usize {
        let mut lines = 0;
        tally.flush(|_| lines += 1);
        lines
    }

    fn mallory() -> Who {
        let mallory = Actor {
            issuer: "https://id.example".into(),
            subject: "mallory".into(),
        };
        Some(mallory).into()
    }

    #[test]
    fn a_few_of_a_caller_wait_until_they_are_many_or_an_hour_old() {
        let tally = Tally::default();
        for _ in 0..3 {
            for _ in 0..3 {
                tally.count(Event::InputValidationFail, "invoices_create", mallory());
            }
            assert_eq!(lines(&tally), 0);
        }
        tally.count(Event::InputValidationFail, "invoices_create", mallory());
        assert_eq!(lines(&tally), 1, "ten of them, however slowly");
        tally.count(Event::MaliciousExcess404, "invoices_read", mallory());
        let told: usize = (0..PATIENCE).map(|_| lines(&tally)).sum();
        assert_eq!(told, 1);
        assert!(tally.counts.is_empty());
    }

    #[test]
    fn more_clients_than_can_be_told_apart_are_one_number() {
        let tally = Tally::default();
        for address in 0..10_000_u32 {
            let address = IpAddr::from(address.to_be_bytes());
            tally.count(Event::ExcessRateLimitExceeded, "address", address);
        }
        assert_eq!(tally.counts.len(), MAX_KEYS + 1);
        assert_eq!(lines(&tally), MAX_KEYS + 1);
        assert_eq!(tally.keys.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn the_first_have_lines_of_their_own_and_the_rest_are_counted() {
        let tally = Tally::default();
        let own = (0..100)
            .filter(|_| tally.is_first(Event::AuthzFail, "invoices_create", mallory()))
            .count();
        assert_eq!((own as u64, lines(&tally)), (FIRST, 1));
        assert!(tally.is_first(Event::AuthzFail, "invoices_create", mallory()));
        assert_eq!(lines(&tally), 0, "nothing beside its own line");
    }
}
