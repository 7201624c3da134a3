//! The lane for tokens that are new here, from addresses that have used their failures up.
//!
//! Behind one address there may be an attacker, or a machine gone wrong, and its neighbours. Refusing
//! all of them would lock the neighbours out; checking every signature would sell the processor. So
//! these addresses share a bounded number of verifications a second, and each has the same part of it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{
    clock::Clock,
    config,
    http::rate_limit::{Exceeded, Limiter, Policy},
};

/// An address may use up what its part is in this time at once.
const BURST: Duration = Duration::from_secs(1);

/// A bounded number of verifications, for all addresses in it together.
pub(super) struct Lane {
    all: Limiter<()>,
    crowd: Mutex<Crowd>,
}

/// How many addresses are in the lane: those that asked in this second, and in the one before.
#[derive(Debug, Default)]
struct Crowd {
    second: u64,
    now: u32,
    before: u32,
}

/// The place of one address.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// When all that it has used is paid for (GCRA's theoretical arrival time).
    paid: Duration,
    /// The second in which it asked last.
    asked: Option<u64>,
}

impl Place {
    /// Whether to forget it changes nothing.
    pub(super) fn is_idle(&self, now: Duration) -> bool {
        let asked_lately = |second: u64| second.saturating_add(1) >= now.as_secs();
        self.paid <= now && !self.asked.is_some_and(asked_lately)
    }
}

impl Lane {
    pub(super) fn new(quota: config::Quota, clock: Arc<dyn Clock>) -> Self {
        Self {
            all: Limiter::new(Policy::FailedAuthentication, quota, clock),
            crowd: Mutex::default(),
        }
    }

    /// Takes one verification for the address whose place this is.
    ///
    /// # Errors
    /// How long to wait, when its part or the whole lane is used up.
    pub(super) fn enter(&self, place: &mut Place, now: Duration) -> Result<(), Exceeded> {
        // One more than there are, so that a newcomer finds room.
        let parts = self.addresses(place, now).saturating_add(1);
        let each = self.all.quota().period().saturating_mul(parts);
        let room = BURST.saturating_add(each);
        // What it owes from a larger crowd is forgotten with the crowd.
        let used = place.paid.saturating_sub(now).min(room);
        place.paid = now.saturating_add(used);
        if let Some(wait) = used.checked_sub(BURST).filter(|wait| !wait.is_zero()) {
            let policy = self.all.policy();
            return Err(Exceeded { policy, wait });
        }
        self.all.charge(&())?;
        place.paid = place.paid.saturating_add(each);
        Ok(())
    }

    /// How many addresses there are, this one included.
    fn addresses(&self, place: &mut Place, now: Duration) -> u32 {
        let second = now.as_secs();
        let mut crowd = self.crowd.lock().unwrap_or_else(PoisonError::into_inner);
        if crowd.second != second {
            let followed = crowd.second.saturating_add(1) == second;
            *crowd = Crowd {
                second,
                now: 0,
                before: if followed { crowd.now } else { 0 },
            };
        }
        if place.asked != Some(second) {
            place.asked = Some(second);
            crowd.now = crowd.now.saturating_add(1);
        }
        crowd.now.max(crowd.before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stopwatch;

    const QUOTA: config::Quota = config::Quota {
        per_second: 200.0,
        burst: 200,
    };
    const SECONDS: u32 = 10;

    /// What each address gets in ten seconds when the address of this number asks every so many
    /// milliseconds.
    fn verifications(every: &[u32]) -> Vec<u32> {
        let clock = Arc::new(Stopwatch::default());
        let lane = Lane::new(QUOTA, clock.clone());
        let mut places: Vec<Place> = every.iter().map(|_| Place::default()).collect();
        let mut verified = vec![0; every.len()];
        for millisecond in 0..SECONDS * 1000 {
            let now = clock.elapsed();
            for (number, place) in places.iter_mut().enumerate() {
                if millisecond % every[number] == 0 && lane.enter(place, now).is_ok() {
                    verified[number] += 1;
                }
            }
            *clock.0.lock().unwrap() += Duration::from_millis(1);
        }
        verified
    }

    #[test]
    fn all_addresses_together_get_no_more_than_the_lane_has() {
        let most = QUOTA.burst + 200 * SECONDS;
        for addresses in [1, 2, 30, 250] {
            let verified: u32 = verifications(&vec![1; addresses]).iter().sum();
            assert!(verified <= most, "{addresses}: {verified}");
            assert!(verified * 3 >= most, "{addresses}: {verified}");
        }
    }

    #[test]
    fn greedy_addresses_get_the_same() {
        let verified = verifications(&[1; 40]);
        let (least, most) = (verified.iter().min(), verified.iter().max());
        let (least, most) = (*least.unwrap(), *most.unwrap());
        assert!(most - least <= 10 && least > 40, "{least} to {most}");
    }

    #[test]
    fn an_address_that_asks_for_less_than_its_part_gets_all_of_it() {
        for greedy in [1, 40] {
            let mut every = vec![1; greedy];
            every.push(1000);
            let verified = verifications(&every)[greedy];
            // While a crowd comes in, nobody knows yet how large it is.
            let at_first = if greedy > 1 { 2 } else { 0 };
            assert!(verified >= SECONDS - at_first, "{verified} beside {greedy}");
        }
    }

    #[test]
    fn an_address_that_waited_among_many_is_not_held_to_that_when_they_have_gone() {
        let clock = Arc::new(Stopwatch::default());
        let lane = Lane::new(QUOTA, clock.clone());
        let mut places: Vec<Place> = (0..10_000).map(|_| Place::default()).collect();
        let mut ask = |number: usize| lane.enter(&mut places[number], clock.elapsed()).is_ok();
        let wait = |time| *clock.0.lock().unwrap() += time;
        for number in 0..10_000 {
            ask(number);
        }
        wait(Duration::from_secs(1));
        assert!(ask(9_999), "its part is one in fifty seconds");
        assert!(!ask(9_999));
        wait(Duration::from_secs(2));
        ask(9_999);
        wait(Duration::from_millis(10));
        assert!(ask(9_999), "alone, it has half of the lane");
    }
}
