//! What ends by itself: restrictions that have expired, and revocations that have nothing left to match.
//!
//! Controls: SE-01

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use super::Containment;
use crate::{
    audit::{Entry, Event},
    containment::restriction::Restriction,
    db::StoreError,
    http::rate_limit::EvictIdle as _,
};

/// How often revocations that have nothing left to match are forgotten.
const FORGET_EVERY: Duration = Duration::from_mins(1);

impl Containment {
    /// Lifts what has expired. A process that removes the row says so in its journal.
    pub(super) async fn expire(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let expired = |one: &Arc<Restriction>| one.expires_at <= now;
        let over = if self.restrictions().iter().any(expired) {
            self.store.over(now).await?
        } else {
            Vec::new()
        };
        for id in over {
            let mut known = self.known.lock().await;
            if let Some(changes) = self.store.lift(*known, id).await? {
                self.apply(&mut known, changes);
                let event = Entry::new(Event::ContainExpired);
                self.journal.point(event.on("restrictions", id));
            }
        }
        let elapsed = self.clock.elapsed();
        let last = Duration::from_millis(self.forgotten.load(Ordering::Relaxed));
        if elapsed.saturating_sub(last) >= FORGET_EVERY {
            let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
            self.forgotten.store(millis, Ordering::Relaxed);
            self.detection.evict_idle();
            self.store.forget(now).await?;
            let _known = self.known.lock().await;
            let current = self.snapshot();
            let restrictions = current.restrictions.clone();
            self.current
                .publish(current.without_expired(now.unix_timestamp(), restrictions));
        }
        Ok(())
    }
}
