//! A key that was verified a moment ago.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use time::OffsetDateTime;
use uuid::Uuid;

use super::{model::Networks, uses::LastNoted};
use crate::{auth::Principal, http::context::client_address};

/// A remembered key is looked up again after this time.
const REMEMBERED_FOR: Duration = Duration::from_millis(500);

pub(super) struct Remembered {
    pub id: Uuid,
    pub principal: Arc<Principal>,
    pub networks: Networks,
    pub ends_at: OffsetDateTime,
    /// By the clock that nobody sets.
    pub looked_up_at: Duration,
    /// How many revocations there had been in this process when the look-up began.
    pub revocations: u64,
    pub last_noted: LastNoted,
    pub last_address: LastAddress,
}

impl Remembered {
    /// Whether the key need not be looked up, at this time and after so many revocations.
    pub fn is_good(&self, now: OffsetDateTime, elapsed: Duration, revocations: u64) -> bool {
        let age = elapsed.saturating_sub(self.looked_up_at);
        self.revocations == revocations && age < REMEMBERED_FOR && now < self.ends_at
    }
}

/// Where a key was last believed: an address as clients are counted.
pub(super) struct LastAddress(Mutex<IpAddr>);

impl LastAddress {
    pub fn of(address: IpAddr) -> Self {
        Self(Mutex::new(client_address::bucket(address)))
    }

    /// Whether the key was last believed at another address than this one, which is now the last.
    pub fn is_another(&self, address: IpAddr) -> bool {
        let address = client_address::bucket(address);
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *last, address) != address
    }
}
