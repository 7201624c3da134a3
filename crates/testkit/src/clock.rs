//! A clock that stands still until a test moves it.

use std::sync::Mutex;

use platform::clock::Clock;
use rustls::{pki_types::UnixTime, time_provider::TimeProvider};
use time::{Duration, OffsetDateTime, macros::datetime};

/// What it says, and how much time has passed: the second is never set back.
#[derive(Debug)]
pub struct ManualClock(Mutex<(OffsetDateTime, std::time::Duration)>);

impl Default for ManualClock {
    fn default() -> Self {
        let now = datetime!(2030-01-15 12:00 UTC);
        Self(Mutex::new((now, std::time::Duration::ZERO)))
    }
}

impl ManualClock {
    /// Time passes.
    pub fn advance(&self, by: Duration) {
        let mut state = self.0.lock().unwrap();
        *state = (state.0 + by, state.1 + by.unsigned_abs());
    }

    /// Somebody sets the machine's clock back.
    pub fn set_back(&self, by: Duration) {
        self.0.lock().unwrap().0 -= by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> OffsetDateTime {
        self.0.lock().unwrap().0
    }

    fn elapsed(&self) -> std::time::Duration {
        self.0.lock().unwrap().1
    }
}

/// The client reads certificates by the same clock.
impl TimeProvider for ManualClock {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.now().unix_timestamp()).ok()?;
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(
            seconds,
        )))
    }
}
