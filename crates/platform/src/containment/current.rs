//! The snapshot that holds, behind flags that say whether there is anything to look up.
//!
//! On a good day nothing is contained, and a request that loads a flag takes no lock.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use super::snapshot::Snapshot;

/// The snapshot that holds.
#[derive(Default)]
pub(super) struct Current {
    snapshot: RwLock<Arc<Snapshot>>,
    /// Something is restricted or revoked.
    contains: AtomicBool,
    /// An operation is restricted.
    restricts_operations: AtomicBool,
}

impl Current {
    /// What holds.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        let snapshot = self.snapshot.read();
        snapshot.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What holds, unless that is nothing.
    pub fn for_callers(&self) -> Option<Arc<Snapshot>> {
        let contains = self.contains.load(Ordering::Acquire);
        contains.then(|| self.snapshot())
    }

    /// What holds, if an operation is restricted.
    pub fn for_operations(&self) -> Option<Arc<Snapshot>> {
        let restricts = self.restricts_operations.load(Ordering::Acquire);
        restricts.then(|| self.snapshot())
    }

    /// Lets another snapshot hold.
    pub fn publish(&self, next: Snapshot) {
        let (contains, restricts) = (!next.is_empty(), next.restricts_operations());
        *self
            .snapshot
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        self.contains.store(contains, Ordering::Release);
        self.restricts_operations
            .store(restricts, Ordering::Release);
    }
}
