//! What operators see of containment in figures.

use super::{model::RevocationTarget, state::Containment};
use crate::audit::Reason;

impl Containment {
    /// How often each rule of detection that is on has noticed something.
    pub fn detections(&self) -> impl Iterator<Item = (Reason, u64)> {
        self.detection.counts()
    }

    /// How many names of each kind are revoked.
    #[must_use]
    pub fn revoked(&self) -> Vec<(RevocationTarget, usize)> {
        self.snapshot().revoked_names()
    }

    /// How many requests with something that was revoked were refused, in this process.
    #[must_use]
    pub fn revocation_hits(&self) -> u64 {
        self.snapshot().hits()
    }
}
