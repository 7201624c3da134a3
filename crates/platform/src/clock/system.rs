//! What a clock tells, and the machine's own.

use std::time::{Duration, Instant};

use time::OffsetDateTime;

/// Tells the time. One value is made in [`crate::app`] and shared by everything that needs it.
pub trait Clock: Send + Sync + 'static {
    /// Now, in UTC, in whole milliseconds: what every store can keep exactly.
    fn now(&self) -> OffsetDateTime;

    /// Since a moment that does not change while the process runs. Never goes back, as [`now`] does
    /// when the machine's clock is set: a quota measured by that would be shut for an hour.
    ///
    /// [`now`]: Clock::now
    fn elapsed(&self) -> Duration;

    /// How far the machine's clock is behind the time that this clock tells.
    fn set_back_by(&self) -> Duration {
        Duration::ZERO
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    started: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads it"
    )]
    fn now(&self) -> OffsetDateTime {
        let now = OffsetDateTime::now_utc();
        now.replace_millisecond(now.millisecond()).unwrap_or(now)
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// A clock that a unit test moves on by hand.
#[cfg(test)]
#[derive(Debug, Default)]
pub(crate) struct Stopwatch(pub std::sync::Mutex<Duration>);

#[cfg(test)]
impl Clock for Stopwatch {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        *self.0.lock().unwrap()
    }
}
