//! A clock that stands still until a test moves it; for a service elsewhere, the machine's.

use std::sync::Mutex;

use platform::clock::{Clock, SystemClock};
use rustls::{pki_types::UnixTime, time_provider::TimeProvider};
use time::{Duration, OffsetDateTime, macros::datetime};

use crate::elsewhere::{self, Elsewhere, Needs};

/// What it says, and how much time has passed: the second is never set back.
type Said = (OffsetDateTime, std::time::Duration);

#[derive(Debug)]
pub struct ManualClock(Source);

#[derive(Debug)]
enum Source {
    Test(Mutex<Said>),
    Machine(SystemClock),
}

impl Default for ManualClock {
    fn default() -> Self {
        let now = datetime!(2030-01-15 12:00 UTC);
        Self(Source::Test(Mutex::new((now, std::time::Duration::ZERO))))
    }
}

impl ManualClock {
    /// That of a service under test: where it runs elsewhere, the machine's.
    pub(crate) fn of_the_service() -> Self {
        match Elsewhere::named() {
            Some(_) => Self(Source::Machine(SystemClock::default())),
            None => Self::default(),
        }
    }

    /// Time passes.
    pub fn advance(&self, by: Duration) {
        match &self.0 {
            Source::Test(said) => {
                let mut said = said.lock().unwrap();
                *said = (said.0 + by, said.1 + by.unsigned_abs());
            }
            Source::Machine(_) => elsewhere::wait(by),
        }
    }

    /// Somebody sets the machine's clock back.
    pub fn set_back(&self, by: Duration) {
        match &self.0 {
            Source::Test(said) => said.lock().unwrap().0 -= by,
            Source::Machine(_) => elsewhere::needs(Needs::Clock),
        }
    }
}

impl Clock for ManualClock {
    fn now(&self) -> OffsetDateTime {
        match &self.0 {
            Source::Test(said) => said.lock().unwrap().0,
            Source::Machine(machine) => machine.now(),
        }
    }

    fn elapsed(&self) -> std::time::Duration {
        match &self.0 {
            Source::Test(said) => said.lock().unwrap().1,
            Source::Machine(machine) => machine.elapsed(),
        }
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
