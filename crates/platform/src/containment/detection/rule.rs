//! One rule: what it is called, how much is too much, and what it does about it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::{
    audit::Reason,
    clock::Clock,
    config::{DetectionAction, DetectionRule},
    containment::model::Action,
    fingerprint::Fingerprint,
    http::rate_limit::{EvictIdle as _, Limiter, Policy},
};

/// A rule that is on.
pub(super) struct Rule {
    /// Its name in the journal, and in the figures.
    pub reason: Reason,
    /// The reason of a restriction that it places.
    pub words: &'static str,
    pub action: Action,
    bound: Limiter<Fingerprint>,
    noticed: AtomicU64,
}

impl Rule {
    /// The rule of these settings, unless they switch it off.
    pub fn new(
        reason: Reason,
        words: &'static str,
        settings: DetectionRule,
        clock: &Arc<dyn Clock>,
    ) -> Option<Self> {
        let action = match settings.action {
            DetectionAction::Off => return None,
            DetectionAction::Watch => Action::Watch,
            DetectionAction::Throttle => Action::Throttle,
        };
        Some(Self {
            reason,
            words,
            action,
            bound: Limiter::new(Policy::Caller, settings.quota(), clock.clone()),
            noticed: AtomicU64::new(0),
        })
    }

    /// Takes so many from what `key` may still cause; whether they were there.
    pub fn charge(&self, key: &Fingerprint, number: u64) -> bool {
        self.bound.takes(key, number)
    }

    /// Counts that it has noticed something.
    pub fn notice(&self) {
        self.noticed.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it has.
    pub fn noticed(&self) -> u64 {
        self.noticed.load(Ordering::Relaxed)
    }

    /// Forgets those who have all of it again.
    pub fn evict_idle(&self) {
        self.bound.evict_idle();
    }
}
