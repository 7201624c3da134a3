//! A clock that stands still until a test moves it.

use std::sync::Mutex;

use platform::clock::Clock;
use rustls::{pki_types::UnixTime, time_provider::TimeProvider};
use time::{Duration, OffsetDateTime, macros::datetime};

#[derive(Debug)]
pub struct ManualClock(Mutex<OffsetDateTime>);

impl Default for ManualClock {
    fn default() -> Self {
        Self(Mutex::new(datetime!(2030-01-15 12:00 UTC)))
    }
}

impl ManualClock {
    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }

    fn elapsed(&self) -> std::time::Duration {
        (self.now() - Self::default().now()).unsigned_abs()
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
