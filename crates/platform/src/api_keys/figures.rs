//! How many keys were made, revoked and refused in this process, and how many there are.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::audit::Reason;

/// Why a key can be refused, each with a series of its own.
const REASONS: [Reason; 8] = [
    Reason::Malformed,
    Reason::Checksum,
    Reason::ApiKeyUnknown,
    Reason::Secret,
    Reason::Revoked,
    Reason::Expired,
    Reason::Issuer,
    Reason::Network,
];

#[derive(Debug, Default)]
pub(super) struct Figures {
    made: AtomicU64,
    revoked: AtomicU64,
    live: AtomicU64,
    refused: [AtomicU64; REASONS.len()],
}

/// Figures for operators.
#[derive(Debug, Clone)]
pub struct ApiKeyMetrics {
    pub made: u64,
    pub revoked: u64,
    /// Keys in the database that are neither revoked nor expired, as it said in the last minute.
    pub live: u64,
    pub refused: Vec<(Reason, u64)>,
}

impl Figures {
    pub fn made(&self) {
        self.made.fetch_add(1, Ordering::Relaxed);
    }

    pub fn revoked(&self) {
        self.revoked.fetch_add(1, Ordering::Relaxed);
    }

    pub fn refused(&self, reason: Reason) {
        let of_reason = REASONS.iter().zip(&self.refused);
        for (_, number) in of_reason.filter(|(known, _)| **known == reason) {
            number.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub fn set_live(&self, number: u64) {
        self.live.store(number, Ordering::Relaxed);
    }

    pub fn metrics(&self) -> ApiKeyMetrics {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let refused = REASONS.into_iter().zip(self.refused.iter().map(read));
        ApiKeyMetrics {
            made: read(&self.made),
            revoked: read(&self.revoked),
            live: read(&self.live),
            refused: refused.collect(),
        }
    }
}
