//! Pauses between attempts that fail: each is twice as long as the one before, with a random part.
//!
//! The random part keeps the replicas of a service, which lost a server together, from coming back together.

use std::time::Duration;

use aws_lc_rs::rand;

/// The pauses, one after the other.
#[derive(Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    /// From this pause to that one.
    #[must_use]
    pub fn new((first, longest): (Duration, Duration)) -> Self {
        Self {
            first,
            longest,
            next: first,
        }
    }

    /// The next pause: between half of its length and all of it.
    pub fn pause(&mut self) -> Duration {
        let pause = self.next.min(self.longest);
        self.next = pause.saturating_mul(2);
        let mut random = [0];
        // Without randomness, the whole pause.
        let part = rand::fill(&mut random).map_or(u8::MAX, |()| random[0]);
        pause / 2 + pause.mul_f64(f64::from(part) / 510.0)
    }

    /// An attempt has succeeded: the next pause is the first one again.
    pub fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_differ_and_begin_anew() {
        let bounds = (Duration::from_millis(100), Duration::from_millis(300));
        let begin = |mut pauses: Backoff| {
            let some = [
                pauses.pause(),
                pauses.pause(),
                pauses.pause(),
                pauses.pause(),
            ];
            for (pause, longest) in some.into_iter().zip([100, 200, 300, 300]) {
                let longest = Duration::from_millis(longest);
                assert!((longest / 2..=longest).contains(&pause), "{some:?}");
            }
            pauses.reset();
            assert!(pauses.pause() <= bounds.0);
            some
        };
        let all: Vec<_> = (0..20).map(|_| begin(Backoff::new(bounds))).collect();
        assert!(all.iter().any(|one| *one != all[0]));
    }
}
