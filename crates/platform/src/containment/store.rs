//! Containment in the database, so that a restart keeps it and other processes see it.
//!
//! Each change raises one counter in its transaction. What follows from the change is read in the same
//! transaction, so this process applies what was committed and nothing else. A row goes when it is over by the clock of
//! PostgreSQL too: a process whose clock is ahead must not set a suspect free everywhere.

use std::sync::Arc;

use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    model::{NewRestriction, NewRevocation, RevocationTarget},
    restriction::{Restriction, RestrictionId},
    revocation::{Entry, Lifetimes, Revocation, RevocationId},
};
use crate::{
    auth::Identity,
    clock::Clock,
    db::{
        Connection, Connections, Ended, EngineError, Row, Scope, Statement, StoreError, sql,
        sql_of_each,
    },
};

// The first statement of each change, so that a transaction of SQLite is a writer from its beginning.
const NEXT_VERSION: &str = "UPDATE containment_changes SET version = version + 1";
const VERSION: &str = "SELECT version FROM containment_changes";
const IS_AT: &str = "UPDATE containment_changes SET version = version WHERE version = $1";
// Bounded where it is written: two processes may add the last one at once.
const RESTRICT: &str = "INSERT INTO restrictions (id, target, issuer, name, action, per_minute, reason, \
    ticket, author_issuer, author, created_at, expires_at) \
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 \
    WHERE (SELECT COUNT(*) FROM restrictions) < $13";
const LIFT: &str = "DELETE FROM restrictions WHERE id = $1";
const OVER: &str = "SELECT id FROM restrictions WHERE expires_at <= $1 ORDER BY id";
const OVER_OF_POSTGRES: &str =
    "SELECT id FROM restrictions WHERE expires_at <= LEAST($1, now()) ORDER BY id";
const RESTRICTIONS: &str = "SELECT id, target, issuer, name, action, per_minute, reason, ticket, author_issuer, \
    author, created_at, expires_at FROM restrictions ORDER BY id";
const REVOKE: &str = "INSERT INTO revocations (id, version, target, issuer, name, issued_before, reason, \
    ticket, author_issuer, author, created_at, expires_at) \
    SELECT $1, version, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 FROM containment_changes";
// An API key outlives the revocation's own end, so it is revoked for good.
const REVOKE_KEYS_OF_SUBJECT: &str = "UPDATE api_keys SET revoked_at = $1 \
    WHERE owner_issuer = $2 AND owner = $3 AND revoked_at IS NULL";
const REVOKE_KEYS_OF_ISSUER: &str =
    "UPDATE api_keys SET revoked_at = $1 WHERE owner_issuer = $2 AND revoked_at IS NULL";
const REVOCATIONS_SINCE: &str = "SELECT version, target, issuer, name, issued_before, expires_at \
    FROM revocations WHERE version > $1 ORDER BY version LIMIT 10000";
const REVOCATIONS: &str = "SELECT id, target, issuer, name, issued_before, reason, ticket, author_issuer, author, \
    created_at, expires_at FROM revocations WHERE id < $1 ORDER BY id DESC LIMIT $2";
const REVOCATION: &str = "SELECT id, target, issuer, name, issued_before, reason, ticket, author_issuer, author, \
    created_at, expires_at FROM revocations WHERE id = $1";
// A row goes when nothing that it matches can be valid.
const FORGET: &str = "DELETE FROM revocations WHERE id IN (SELECT id FROM revocations \
    WHERE expires_at < $1 ORDER BY expires_at LIMIT 10000)";
const FORGET_OF_POSTGRES: &str = "DELETE FROM revocations WHERE id IN (SELECT id FROM revocations \
    WHERE expires_at < LEAST($1, now()) ORDER BY expires_at LIMIT 10000)";

/// The tables.
pub(super) struct Store {
    connections: Connections,
    clock: Arc<dyn Clock>,
    lifetimes: Lifetimes,
}

/// What holds at a version.
pub(super) struct Changes {
    pub version: i64,
    /// All of them.
    pub restrictions: Vec<Restriction>,
    /// Those that the reader does not know yet.
    pub revocations: Vec<Entry>,
}

impl Store {
    pub fn new(connections: &Connections, clock: Arc<dyn Clock>, lifetimes: Lifetimes) -> Self {
        Self {
            connections: connections.with(&[]),
            clock,
            lifetimes,
        }
    }

    /// Counts the changes that were made.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn version(&self) -> Result<i64, StoreError> {
        let row = self.connections.fetch_optional(Scope::Nobody, sql(VERSION));
        number(row.await?).map_err(StoreError::from)
    }

    /// What holds, with the revocations after version `known`.
    ///
    /// # Errors
    /// When the database cannot be used, and for a row that breaks a rule.
    pub async fn changes(&self, known: i64) -> Result<Changes, StoreError> {
        self.connections
            .transaction(Scope::Nobody, async |connection| {
                let changes = self.read(connection, known).await?;
                Ok(Ended::RollBack(changes))
            })
            .await
    }

    /// Adds a restriction; nothing when there are `most` already.
    ///
    /// # Errors
    /// As [`Store::changes`].
    pub async fn restrict(
        &self,
        known: i64,
        (id, now): (RestrictionId, OffsetDateTime),
        new: &NewRestriction,
        most: usize,
    ) -> Result<Option<Changes>, StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let insert = sql(RESTRICT)
            .bind(&id)
            .bind(&new.target)
            .bind(&new.issuer)
            .bind(&new.name)
            .bind(&new.action)
            .bind(&new.per_minute)
            .bind(&new.reason)
            .bind(&new.ticket);
        let insert = by(insert, &new.author).bind(&now);
        let insert = insert.bind(&(now + new.duration)).bind(&most);
        self.change(known, insert, None).await
    }

    /// Removes a restriction; nothing when it is not there.
    ///
    /// # Errors
    /// As [`Store::changes`].
    pub async fn lift(&self, known: i64, id: RestrictionId) -> Result<Option<Changes>, StoreError> {
        self.change(known, sql(LIFT).bind(&id), None).await
    }

    /// The restrictions that are over, by this clock and by that of a server.
    ///
    /// # Errors
    /// As [`Store::changes`].
    pub async fn over(&self, now: OffsetDateTime) -> Result<Vec<RestrictionId>, StoreError> {
        let over = sql_of_each(OVER, OVER_OF_POSTGRES).bind(&now);
        let rows = self.connections.fetch_all(Scope::Nobody, over).await?;
        rows.iter().map(|row| row.get("id")).collect()
    }

    /// Adds a revocation.
    ///
    /// # Errors
    /// As [`Store::changes`].
    pub async fn revoke(
        &self,
        known: i64,
        (id, now): (RevocationId, OffsetDateTime),
        new: &NewRevocation,
    ) -> Result<Option<Changes>, StoreError> {
        let ends = !new.target.is_for_good();
        let expires_at = ends.then(|| self.lifetimes.end(now));
        let insert = sql(REVOKE)
            .bind(&id)
            .bind(&new.target)
            .bind(&new.issuer)
            .bind(&new.name)
            .bind(&now)
            .bind(&new.reason)
            .bind(&new.ticket);
        let insert = by(insert, &new.author).bind(&now).bind(&expires_at);
        let keys = match new.target {
            RevocationTarget::Subject => {
                let keys = sql(REVOKE_KEYS_OF_SUBJECT).bind(&now);
                Some(keys.bind(&new.issuer).bind(&new.name))
            }
            RevocationTarget::Issuer => {
                Some(sql(REVOKE_KEYS_OF_ISSUER).bind(&now).bind(&new.issuer))
            }
            _ => None,
        };
        self.change(known, insert, keys).await
    }

    /// So many revocations below an id, newest first.
    ///
    /// # Errors
    /// As [`Store::changes`].
    pub async fn revocations(
        &self,
        below: Uuid,
        limit: i64,
    ) -> Result<Vec<Revocation>, StoreError> {
        let statement = sql(REVOCATIONS).bind(&below).bind(&limit);
        let rows = self.connections.fetch_all(Scope::Nobody, statement).await?;
        rows.iter().map(Revocation::read).collect()
    }

    /// One revocation.
    ///
    /// # Errors
    /// As [`Store::changes`].
    pub async fn revocation(&self, id: RevocationId) -> Result<Option<Revocation>, StoreError> {
        let statement = sql(REVOCATION).bind(&id);
        let row = self
            .connections
            .fetch_optional(Scope::Nobody, statement)
            .await?;
        row.as_ref().map(Revocation::read).transpose()
    }

    /// Removes revocations that have nothing left to match, by this clock and by that of a server.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn forget(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        let statement = sql_of_each(FORGET, FORGET_OF_POSTGRES).bind(&now);
        self.connections.execute(Scope::Nobody, statement).await
    }

    /// Makes a change and reads what holds then; nothing happens when the statement changes no row.
    async fn change(
        &self,
        known: i64,
        change: Statement,
        more: Option<Statement>,
    ) -> Result<Option<Changes>, StoreError> {
        self.connections
            .transaction(Scope::Nobody, async |connection| {
                sql(NEXT_VERSION).execute(connection).await?;
                if change.clone().execute(connection).await? == 0 {
                    return Ok(Ended::RollBack(None));
                }
                if let Some(more) = more.clone() {
                    more.execute(connection).await?;
                }
                connection.notify().await?;
                let changes = self.read(connection, known).await?;
                Ok(Ended::Commit(Some(changes)))
            })
            .await
    }

    /// Page by page: there may be a million revocations.
    async fn read(
        &self,
        connection: &mut Connection<'_>,
        known: i64,
    ) -> Result<Changes, EngineError> {
        let version = version(connection).await?;
        let rows = sql(RESTRICTIONS).fetch_all(connection).await?;
        let restrictions = rows.iter().map(|row| Restriction::read(row, &self.clock));
        let restrictions = restrictions
            .collect::<Result<_, _>>()
            .map_err(undecodable)?;
        let (mut revocations, mut last) = (Vec::new(), known);
        while last < version {
            let page = sql(REVOCATIONS_SINCE).bind(&last);
            let rows = page.fetch_all(connection).await?;
            let Some(end) = rows.last() else { break };
            last = end.raw("version")?;
            for row in &rows {
                revocations.push(Entry::read(row, self.lifetimes).map_err(undecodable)?);
            }
        }
        Ok(Changes {
            version,
            restrictions,
            revocations,
        })
    }
}

/// Whether nothing was contained after `version`; until the end of the transaction nothing is. For what is written on
/// behalf of a caller and outlives a revocation. It is the first statement, as `NEXT_VERSION` is.
///
/// # Errors
/// When the database cannot be used.
pub async fn is_at(connection: &mut Connection<'_>, version: i64) -> Result<bool, EngineError> {
    Ok(sql(IS_AT).bind(&version).execute(connection).await? == 1)
}

async fn version(connection: &mut Connection<'_>) -> Result<i64, EngineError> {
    number(sql(VERSION).fetch_optional(connection).await?)
}

fn number(row: Option<Row>) -> Result<i64, EngineError> {
    row.ok_or(EngineError::RowNotFound)?.raw("version")
}

fn by(statement: Statement, author: &Identity) -> Statement {
    statement.bind(&author.issuer).bind(&author.subject)
}

fn undecodable(error: StoreError) -> EngineError {
    EngineError::Decode(error.into())
}
