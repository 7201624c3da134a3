//! When keys were used last, gathered in memory and written every few seconds.
//!
//! An owner looks for keys that nobody uses, and an investigator for the moment of a misuse that the journal
//! bounds anyway: seconds do not matter, and a write a request would. A crash loses the last seconds; an
//! orderly stop loses nothing where the database answers.

use std::sync::atomic::{AtomicI64, Ordering};

use dashmap::DashMap;
use time::OffsetDateTime;
use uuid::Uuid;

use super::store::Store;
use crate::db::StoreError;

/// Keys of one interval at most; a further key is noted when it is used again.
const MOST: usize = 10_000;

/// Last uses that are not written yet.
#[derive(Default)]
pub(super) struct Uses(DashMap<Uuid, OffsetDateTime>);

/// The second of the last use that was noted.
#[derive(Default)]
pub(super) struct LastNoted(AtomicI64);

impl Uses {
    /// Notes a use, once a second and key.
    pub fn note(&self, id: Uuid, now: OffsetDateTime, last: &LastNoted) {
        let second = now.unix_timestamp();
        if last.0.swap(second, Ordering::Relaxed) != second && self.0.len() < MOST {
            self.0.insert(id, now);
        }
    }

    /// Writes what was noted.
    ///
    /// # Errors
    /// When the database cannot be used: what was noted is tried again.
    pub async fn write(&self, store: &Store) -> Result<(), StoreError> {
        let noted: Vec<_> = self
            .0
            .iter()
            .map(|use_| (*use_.key(), *use_.value()))
            .collect();
        if noted.is_empty() {
            return Ok(());
        }
        store.used(&noted).await?;
        for (id, at) in noted {
            self.0.remove_if(&id, |_, last| *last == at);
        }
        Ok(())
    }
}
