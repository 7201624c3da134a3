//! A clock that never goes back and never stands still.
//!
//! A machine's clock is set back by a person, by a time server, by an attacker between the two. Read as it
//! is, expired tokens would be good again, lifted blocks would hold again, and new rows would sort below
//! old ones. So the latest time that was seen goes on, at the pace of the clock that nobody can set, until
//! the machine's clock has caught up. A clock that was ahead by mistake stays ahead until the process is
//! started again: `clock_set_back_seconds` and the log say so.
//!
//! Controls: JW-06

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use time::OffsetDateTime;

use super::system::Clock;

/// Another clock, without its steps back.
pub struct Monotone {
    clock: Arc<dyn Clock>,
    /// The furthest that the wall clock has been ahead of [`Clock::elapsed`], in microseconds of the Unix
    /// epoch.
    ahead: AtomicI64,
    /// The log knows that the clock has been set back.
    told: AtomicBool,
}

/// Less is a time server at work.
const WORTH_A_WORD: i64 = 1_000_000;

impl Monotone {
    #[must_use]
    pub fn over(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            clock,
            ahead: AtomicI64::new(i64::MIN),
            told: AtomicBool::new(false),
        })
    }

    /// Microseconds of the Unix epoch.
    fn micros(&self) -> i64 {
        // In this order: a thread that is held up between the two reads a wall clock that is too old, and
        // changes nothing.
        let wall = micros(self.clock.now().unix_timestamp_nanos() / 1_000);
        let elapsed = micros(self.clock.elapsed().as_micros().cast_signed());
        let ahead = wall.saturating_sub(elapsed);
        let before = match self.ahead.load(Ordering::Relaxed) {
            // Each request asks several times: only a step forward is worth a write.
            before if before >= ahead => before,
            _ => self.ahead.fetch_max(ahead, Ordering::Relaxed),
        };
        let latest = before.max(ahead);
        self.tell(latest.saturating_sub(ahead));
        elapsed.saturating_add(latest)
    }

    /// Puts a step back into the log, once.
    fn tell(&self, behind: i64) {
        let so = behind >= WORTH_A_WORD;
        if so != self.told.load(Ordering::Relaxed) && self.told.swap(so, Ordering::Relaxed) != so {
            let seconds = behind / 1_000_000;
            if so {
                tracing::warn!(
                    seconds,
                    "the machine's clock was set back: the later time goes on"
                );
            } else {
                tracing::info!("the machine's clock has caught up");
            }
        }
    }
}

impl Clock for Monotone {
    fn now(&self) -> OffsetDateTime {
        let millis = i128::from(self.micros() / 1_000);
        let now = OffsetDateTime::from_unix_timestamp_nanos(millis * 1_000_000);
        now.unwrap_or_else(|_| self.clock.now())
    }

    fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    fn set_back_by(&self) -> Duration {
        let behind = self.now() - self.clock.now();
        behind.try_into().unwrap_or_default()
    }
}

fn micros(wide: i128) -> i64 {
    wide.try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use time::macros::datetime;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2030-01-15 12:00 UTC);

    /// What the machine says: its wall clock, and the one that nobody can set.
    struct Machine(Mutex<(OffsetDateTime, Duration)>);

    impl Machine {
        /// So much time passes, and the wall clock is set by so much.
        fn passes(&self, time: Duration, set: time::Duration) {
            let mut state = self.0.lock().unwrap();
            *state = (state.0 + time + set, state.1 + time);
        }
    }

    impl Clock for Machine {
        fn now(&self) -> OffsetDateTime {
            self.0.lock().unwrap().0
        }

        fn elapsed(&self) -> Duration {
            self.0.lock().unwrap().1
        }
    }

    fn clocks() -> (Arc<Machine>, Arc<Monotone>) {
        let machine = Arc::new(Machine(Mutex::new((NOON, Duration::from_secs(5)))));
        let clock = Monotone::over(machine.clone());
        assert_eq!(clock.now(), NOON);
        (machine, clock)
    }

    const HOUR: time::Duration = time::Duration::HOUR;
    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn a_clock_that_is_set_back_goes_on_from_the_latest_time_that_was_seen() {
        let (machine, clock) = clocks();
        machine.passes(Duration::ZERO, -HOUR);
        assert_eq!(clock.now(), NOON);
        assert_eq!(clock.set_back_by(), Duration::from_hours(1));
        machine.passes(MINUTE, time::Duration::ZERO);
        assert_eq!(clock.now(), NOON + MINUTE, "it does not stand still");
    }

    #[test]
    fn a_clock_that_is_put_right_forwards_is_followed_at_once() {
        let (machine, clock) = clocks();
        machine.passes(Duration::ZERO, -HOUR);
        assert_eq!(clock.now(), NOON);
        machine.passes(Duration::ZERO, 2 * HOUR);
        assert_eq!(clock.now(), NOON + HOUR);
        assert_eq!(clock.set_back_by(), Duration::ZERO);
    }

    #[test]
    fn many_threads_see_no_step_back() {
        let clock = Monotone::over(Arc::new(crate::clock::SystemClock::default()));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut latest = clock.now();
                    for _ in 0..10_000 {
                        let now = clock.now();
                        assert!(now >= latest);
                        latest = now;
                    }
                });
            }
        });
        assert_eq!(clock.set_back_by().as_millis() / 10, 0);
    }
}
