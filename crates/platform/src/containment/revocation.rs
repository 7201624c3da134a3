//! A revocation: what was issued is no longer believed.
//!
//! A token is named by issuer and id, never by its bytes, which have several spellings. A subject, a client
//! or an issuer is revoked for what was issued before a moment, so that a new login works. A signing key is
//! revoked for good: who has stolen it writes any time of issue.
//!
//! Controls: SE-01, SE-02

use time::{Duration, OffsetDateTime};

use super::model::RevocationTarget;
use crate::{
    auth::Identity,
    config,
    db::{Row, StoreError},
    fingerprint::Fingerprint,
    slice::Id,
};

/// The id of a revocation.
pub type RevocationId = Id<Revocation>;

/// A revocation as it is stored.
#[derive(Debug)]
pub struct Revocation {
    pub id: RevocationId,
    pub target: RevocationTarget,
    pub issuer: String,
    pub name: String,
    pub issued_before: OffsetDateTime,
    pub reason: String,
    pub ticket: String,
    pub author: Identity,
    pub created_at: OffsetDateTime,
    /// When nothing that it matches can still be valid; `None` for a signing key.
    pub expires_at: Option<OffsetDateTime>,
}

/// The part of a revocation that stays in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub target: RevocationTarget,
    pub matched: Fingerprint,
    pub end: End,
}

/// What is revoked of a name, and how long that is kept; in seconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    /// Tokens issued until then.
    pub issued_until: i64,
    pub kept_until: i64,
}

/// How long tokens can be valid, and by how much clocks may differ.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lifetimes {
    longest: Duration,
    pub leeway: Duration,
}

impl Lifetimes {
    pub fn of(settings: &config::Auth) -> Self {
        let own = settings.issuers.iter().filter_map(|one| one.max_lifetime);
        let longest = own.fold(settings.max_lifetime, Ord::max);
        Self {
            longest: Duration::try_from(longest).unwrap_or(Duration::DAY),
            leeway: Duration::try_from(settings.leeway).unwrap_or_default(),
        }
    }

    /// When the last token that was issued before this has expired.
    pub fn end(self, issued_before: OffsetDateTime) -> OffsetDateTime {
        issued_before + self.leeway + self.longest + self.leeway
    }
}

impl Entry {
    /// Reads the columns that memory needs.
    ///
    /// # Errors
    /// When a column breaks a rule.
    pub fn read(row: &Row, lifetimes: Lifetimes) -> Result<Self, StoreError> {
        let target: RevocationTarget = row.get("target")?;
        let (issuer, name): (String, String) = (row.get("issuer")?, row.get("name")?);
        let issued_before: OffsetDateTime = row.get("issued_before")?;
        let expires_at: Option<OffsetDateTime> = row.get("expires_at")?;
        let for_good = expires_at.is_none();
        // The issuer's clock may be ahead of ours: a token of the same moment may say a later one.
        let issued_until = issued_before + lifetimes.leeway;
        let seconds = |time: OffsetDateTime| time.unix_timestamp();
        Ok(Self {
            target,
            matched: target.matched(&issuer, &name),
            end: End {
                issued_until: if for_good {
                    i64::MAX
                } else {
                    seconds(issued_until)
                },
                kept_until: expires_at.map_or(i64::MAX, seconds),
            },
        })
    }
}

impl End {
    /// Whether a token of this time is revoked.
    pub fn revokes(self, issued_at: OffsetDateTime) -> bool {
        issued_at.unix_timestamp() <= self.issued_until
    }

    /// Of two revocations of one name, what either of them revokes.
    pub fn widest(self, other: Self) -> Self {
        Self {
            issued_until: self.issued_until.max(other.issued_until),
            kept_until: self.kept_until.max(other.kept_until),
        }
    }
}

impl Revocation {
    /// Reads a row.
    ///
    /// # Errors
    /// When a column breaks a rule.
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get("id")?,
            target: row.get("target")?,
            issuer: row.get("issuer")?,
            name: row.get("name")?,
            issued_before: row.get("issued_before")?,
            reason: row.get("reason")?,
            ticket: row.get("ticket")?,
            author: Identity {
                issuer: row.get("author_issuer")?,
                subject: row.get("author")?,
            },
            created_at: row.get("created_at")?,
            expires_at: row.get("expires_at")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revocation_is_kept_until_the_longest_token_of_any_issuer_has_expired() {
        let mut settings = config::load(&config::Sources::default(), &[]).unwrap().auth;
        let moment = OffsetDateTime::UNIX_EPOCH;
        let kept = |settings: &config::Auth| Lifetimes::of(settings).end(moment) - moment;
        // An hour, and the leeway of clocks on both sides.
        assert_eq!(kept(&settings), Duration::seconds(3600 + 20));
        let mut slow = config::Issuer::with_file("https://id.example.com", "a", "k".into());
        slow.max_lifetime = Some(std::time::Duration::from_hours(2));
        settings.issuers.push(slow);
        assert_eq!(kept(&settings), Duration::seconds(7200 + 20));
    }
}
