//! A restriction that holds.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use time::OffsetDateTime;

use super::model::{Action, Matched, RestrictionTarget};
use crate::{
    auth::Identity,
    clock::Clock,
    config::Quota,
    db::{Row, StoreError},
    http::rate_limit::{Exceeded, Limiter, Policy},
    slice::Id,
};

/// The id of a restriction.
pub type RestrictionId = Id<Restriction>;

/// A restriction as it is stored, and what it has done in this process.
pub struct Restriction {
    pub id: RestrictionId,
    pub target: RestrictionTarget,
    pub issuer: String,
    pub name: String,
    pub action: Action,
    pub per_minute: Option<i64>,
    pub reason: String,
    pub ticket: String,
    pub author: Identity,
    pub created_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    pub(super) matched: Matched,
    hits: AtomicU64,
    limiter: Option<Limiter<()>>,
}

impl Restriction {
    /// Reads a row.
    ///
    /// # Errors
    /// When a column breaks a rule: then nothing of the table is believed.
    pub(super) fn read(row: &Row, clock: &Arc<dyn Clock>) -> Result<Self, StoreError> {
        let target: RestrictionTarget = row.get("target")?;
        let (issuer, name): (String, String) = (row.get("issuer")?, row.get("name")?);
        let per_minute: Option<i64> = row.get("per_minute")?;
        let matched = target.matched(&issuer, &name);
        Ok(Self {
            id: row.get("id")?,
            matched: matched.map_err(|_| StoreError::Corrupt("name"))?,
            target,
            issuer,
            name,
            action: row.get("action")?,
            reason: row.get("reason")?,
            ticket: row.get("ticket")?,
            author: Identity {
                issuer: row.get("author_issuer")?,
                subject: row.get("author")?,
            },
            created_at: row.get("created_at")?,
            expires_at: row.get("expires_at")?,
            hits: AtomicU64::new(0),
            limiter: per_minute.map(|number| limiter(number, clock)),
            per_minute,
        })
    }

    /// How many requests it has been applied to, in this process since it was read first.
    #[must_use]
    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// Counts a request that it is applied to.
    pub(super) fn hit(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes one from what the target has left: all that it matches share that.
    ///
    /// # Errors
    /// When nothing is left.
    pub(super) fn charge(&self) -> Result<(), Exceeded> {
        let limiter = self.limiter.as_ref();
        limiter.map_or(Ok(()), |limiter| limiter.charge(&()).map(drop))
    }
}

/// A tenth of a minute's requests may come at once. The policy is the caller's: a suspect need not know
/// that somebody is looking.
fn limiter(per_minute: i64, clock: &Arc<dyn Clock>) -> Limiter<()> {
    let per_minute = u32::try_from(per_minute).unwrap_or(1);
    let quota = Quota {
        per_second: f64::from(per_minute) / 60.0,
        burst: per_minute.div_ceil(10),
    };
    Limiter::new(Policy::Caller, quota, clock.clone())
}
