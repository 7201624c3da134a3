//! A bounded number of counts, each of one event of one client.
//!
//! To count one more costs the same however many there are: no search for the smallest, but the oldest
//! makes place. The oldest is nearly always one that waits, since a round takes all others away. The
//! counts are spread over parts with a lock each, so that workers seldom meet.

use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasher, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::audit::{Entry, Event};

/// Errors of one client are reported at once from this count on; fewer may be typing errors, and wait.
pub(super) const BURST: u64 = 10;
/// What waits does so for this many rounds at most, an hour of them: slow probing is on record too.
pub(super) const PATIENCE: u32 = 720;
const PARTS: usize = 16;

pub(super) struct Room {
    parts: Box<[Mutex<Part>]>,
    /// Seeded, so that nobody can choose names that all fall into one part.
    hasher: RandomState,
    places: usize,
    lines: usize,
}

#[derive(Default)]
struct Part {
    counts: HashMap<Entry, Count>,
    /// The named ones, the oldest first.
    order: VecDeque<Entry>,
    /// Lines that may still be written before the next round.
    lines: usize,
}

#[derive(Default)]
struct Count {
    events: u64,
    rounds: u32,
    /// Of these, so many have a line of their own.
    told: u64,
}

impl Room {
    /// Room for so many counts, and for so many lines between two rounds.
    pub(super) fn new(places: usize, lines: usize) -> Self {
        let (places, lines) = (places / PARTS, lines / PARTS);
        let part = || Part {
            lines,
            ..Part::default()
        };
        Self {
            parts: (0..PARTS).map(|_| Mutex::new(part())).collect(),
            hasher: RandomState::new(),
            places,
            lines,
        }
    }

    /// One more; whether it is to have a line of its own, and the line of the one that made place.
    pub(super) fn add(&self, event: Entry, first: u64) -> (bool, Option<Entry>) {
        let part = self.hasher.hash_one(&event) % PARTS as u64;
        let part = usize::try_from(part).ok().and_then(|at| self.parts.get(at));
        let Some(mut part) = part.map(locked) else {
            return (true, None);
        };
        part.add(event, first, self.places)
    }

    /// Puts on record what waits no longer, or all.
    pub(super) fn flush(&self, all: bool, record: &dyn Fn(Entry)) {
        for part in &self.parts {
            let told = locked(part).flush(all, self.lines);
            told.into_iter().for_each(record);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.parts
            .iter()
            .map(|part| locked(part).counts.len())
            .sum()
    }
}

fn locked(part: &Mutex<Part>) -> MutexGuard<'_, Part> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Part {
    fn add(&mut self, event: Entry, first: u64, places: usize) -> (bool, Option<Entry>) {
        let (event, early) = self.place(event, places);
        let count = self.counts.entry(event).or_default();
        count.events += 1;
        let is_first = count.told < first && take(&mut self.lines);
        count.told += u64::from(is_first);
        (is_first, early)
    }

    /// What `event` is counted as: itself, if there is a place for it or one can be made.
    fn place(&mut self, event: Entry, places: usize) -> (Entry, Option<Entry>) {
        if self.counts.contains_key(&event) {
            return (event, None);
        }
        let mut early = None;
        if self.counts.len() >= places {
            if !take(&mut self.lines) {
                return (event.nameless(), None);
            }
            let oldest = self.order.pop_front();
            let oldest = oldest.and_then(|oldest| self.counts.remove_entry(&oldest));
            early = oldest.and_then(|(event, count)| count.line(event));
        }
        self.order.push_back(event.clone());
        (event, early)
    }

    fn flush(&mut self, all: bool, lines: usize) -> Vec<Entry> {
        let mut told = Vec::new();
        self.counts.retain(|event, count| {
            count.rounds += 1;
            let waits = !all && count.waits(event);
            if !waits {
                told.extend(count.line(event.clone()));
            }
            waits
        });
        self.order.retain(|event| self.counts.contains_key(event));
        self.counts.shrink_to_fit();
        self.order.shrink_to_fit();
        self.lines = lines;
        told
    }
}

impl Count {
    /// Whether it is not told before its hour is over.
    fn waits(&self, event: &Entry) -> bool {
        let waits = match event.event() {
            // It may still be somebody's typing.
            Event::InputValidationFail | Event::MaliciousExcess404 => self.events < BURST,
            // A program uses its key all day.
            Event::AuthnApiKeyOk => true,
            _ => false,
        };
        waits && !event.is_nameless() && self.rounds < PATIENCE
    }

    /// The line about those that have none of their own.
    fn line(&self, event: Entry) -> Option<Entry> {
        let events = self.events - self.told;
        (events > 0).then(|| event.times(events))
    }
}

fn take(from: &mut usize) -> bool {
    let left = from.checked_sub(1);
    *from = left.unwrap_or(0);
    left.is_some()
}
