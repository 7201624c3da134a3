//! Idempotency: a client that lost the answer to a creation asks again, and nothing is made twice.
//!
//! Keys of all resources are in one table, `idempotency_keys`. [`claim`] is one call in the transaction
//! that makes the row, so the key is remembered exactly when the row is. A key belongs to one caller:
//! another caller's key of the same name is another key.

use aws_lc_rs::digest::{SHA256, digest};
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    auth::Identity,
    db::{Connection, EngineError, sql, sql_of_each},
    http::{problem::Problem, request::idempotency_key::IdempotencyKey},
};

/// A client's name for one creation, and what it is to create.
#[derive(Debug)]
pub struct Attempt {
    pub key: String,
    pub fingerprint: [u8; 32],
}

impl IdempotencyKey {
    /// The attempt that the key names, if the client sent a key.
    ///
    /// # Errors
    /// 500 for a request that cannot be written as JSON: without its content, two requests with one key
    /// would look alike.
    pub fn attempt(self, request: &impl Serialize) -> Result<Option<Attempt>, Problem> {
        let Some(key) = self.0 else {
            return Ok(None);
        };
        let fingerprint = fingerprint(request).map_err(|error| Problem::Internal(error.into()))?;
        Ok(Some(Attempt { key, fingerprint }))
    }
}

/// SHA-256 of a request, as its values are kept: two spellings of one value are one request.
///
/// # Errors
/// When the request cannot be written as JSON.
pub fn fingerprint(request: &impl Serialize) -> serde_json::Result<[u8; 32]> {
    let text = serde_json::to_vec(request)?;
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(digest(&SHA256, &text).as_ref());
    Ok(fingerprint)
}

/// What a key is to an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The key is new, and now taken.
    New,
    /// The same attempt made this row before.
    Repeated { id: Uuid, at: OffsetDateTime },
    /// The key was used for something else.
    Reused,
}

// A hundred old keys of anybody: one request does not pay for all that a busy day left. The counters of their owners
// are locked with them, so on PostgreSQL one transaction at a time does it, and no other waits for it: two could
// wait for each other in a circle. It comes before the owner's own rows are locked, for the same reason.
const FORGET_SOME: &str = "DELETE FROM idempotency_keys \
    WHERE (resource, owner_issuer, owner, key) IN (SELECT resource, owner_issuer, owner, key \
    FROM idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT 100)";
const FORGET_SOME_OF_POSTGRES: &str = "DELETE FROM idempotency_keys \
    WHERE (resource, owner_issuer, owner, key) IN (SELECT resource, owner_issuer, owner, key \
    FROM idempotency_keys WHERE (SELECT pg_try_advisory_xact_lock('idempotency_keys'::regclass::bigint)) \
    AND created_at < $1 ORDER BY created_at LIMIT 100 FOR UPDATE SKIP LOCKED)";
// Of the caller's old keys, the one that is asked for and a hundred more, so that an owner whose keys are all
// old has room again.
const FORGET: &str = "DELETE FROM idempotency_keys \
    WHERE resource = $1 AND owner_issuer = $2 AND owner = $3 AND key IN (\
    SELECT key FROM idempotency_keys \
    WHERE resource = $1 AND owner_issuer = $2 AND owner = $3 AND key = $4 AND created_at < $5 \
    UNION ALL SELECT key FROM (SELECT key FROM idempotency_keys \
    WHERE resource = $1 AND owner_issuer = $2 AND owner = $3 AND created_at < $5 \
    ORDER BY created_at LIMIT 100) AS old)";
// The primary key decides a race: of two attempts with one key, one inserts.
const TAKE: &str = "INSERT INTO idempotency_keys \
    (resource, owner_issuer, owner, key, fingerprint, object_id, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
const FIND: &str = "SELECT fingerprint, object_id, created_at FROM idempotency_keys \
    WHERE resource = $1 AND owner_issuer = $2 AND owner = $3 AND key = $4";

/// Takes the key of `attempt` for the row `id` of `resource`, made at `now`, in the transaction of
/// `connection`. Keys from before `forget_before` are forgotten.
///
/// # Errors
/// When the database cannot do it.
pub async fn claim(
    connection: &mut Connection<'_>,
    (resource, owner): (&'static str, &Identity),
    attempt: &Attempt,
    (id, now): (Uuid, OffsetDateTime),
    forget_before: OffsetDateTime,
) -> Result<Claim, EngineError> {
    let key = |text: &'static str| {
        sql(text)
            .bind(&resource.to_owned())
            .bind(&owner.issuer)
            .bind(&owner.subject)
            .bind(&attempt.key)
    };
    let forget_some = sql_of_each(FORGET_SOME, FORGET_SOME_OF_POSTGRES).bind(&forget_before);
    forget_some.execute(connection).await?;
    let forget = key(FORGET).bind(&forget_before);
    forget.execute(connection).await?;
    let fingerprint = attempt.fingerprint.to_vec();
    let take = key(TAKE).bind(&fingerprint).bind(&id).bind(&now);
    if take.execute(connection).await? == 1 {
        return Ok(Claim::New);
    }
    let before = key(FIND).fetch_optional(connection).await?;
    let before = before.ok_or(EngineError::RowNotFound)?;
    if before.raw::<Vec<u8>>("fingerprint")? != attempt.fingerprint {
        return Ok(Claim::Reused);
    }
    Ok(Claim::Repeated {
        id: before.raw("object_id")?,
        at: before.raw("created_at")?,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_request_that_has_no_text_has_no_fingerprint_and_no_attempt() {
        // A member's name must be text.
        let no_text = BTreeMap::from([([1], 1)]);
        let key = || IdempotencyKey(Some("key".to_owned()));
        let refused = key().attempt(&no_text);
        assert!(matches!(refused, Err(Problem::Internal(_))));
        let attempt = key().attempt(&"text").unwrap().unwrap();
        assert_eq!(attempt.fingerprint, fingerprint(&"text").unwrap());
        assert!(IdempotencyKey(None).attempt(&no_text).unwrap().is_none());
    }
}
