//! The table of keys.
//!
//! A key is looked up by its id, which is no secret; the hash is compared outside of the database. An owner's
//! revoked keys are bounded too, or making and revoking keys would fill the disk.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::model::{ApiKey, KeyId};
use crate::{
    auth::Identity,
    containment,
    db::{Connections, Ended, Row, Scope, Statement, StoreError, sql, sql_of_each},
    visible,
};

/// What is read of a key, by name: the result of `SELECT *` changes when a migration adds a column.
macro_rules! columns {
    () => {
        concat!(
            "id, owner_issuer, owner, name, permissions, roles, networks, hash, created_at, expires_at, ",
            "last_used_at, revoked_at"
        )
    };
}

// The row of an owner is the owner's lock: of two keys that are made at once, the second sees the first.
const LOCK: &str = "INSERT INTO rows_of_owners (resource, owner_issuer, owner) VALUES ('api_keys', $1, $2) \
    ON CONFLICT (resource, owner_issuer, owner) DO UPDATE SET rows = rows_of_owners.rows";
const PRUNE: &str = "DELETE FROM api_keys WHERE owner_issuer = $1 AND owner = $2 AND revoked_at IS NOT NULL \
    AND id NOT IN (SELECT id FROM api_keys WHERE owner_issuer = $1 AND owner = $2 \
    AND revoked_at IS NOT NULL ORDER BY id DESC LIMIT 100)";
const CREATE: &str = "INSERT INTO api_keys (id, owner_issuer, owner, name, permissions, roles, networks, hash, \
    created_at, expires_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 \
    WHERE (SELECT COUNT(*) FROM api_keys WHERE owner_issuer = $2 AND owner = $3 AND revoked_at IS NULL) < $11";
const FIND: &str = concat!("SELECT ", columns!(), " FROM api_keys WHERE id = $1");
const FIND_VISIBLE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM api_keys WHERE id = $1 AND revoked_at IS NULL AND ",
    visible!()
);
const LIST_OWN: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM api_keys WHERE owner_issuer = $1 AND owner = $2 AND id < $3 AND revoked_at IS NULL ",
    "ORDER BY id DESC LIMIT $4"
);
const LIST_ALL: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM api_keys WHERE id < $1 AND revoked_at IS NULL ORDER BY id DESC LIMIT $2"
);
const REVOKE: &str = concat!(
    "UPDATE api_keys SET revoked_at = $4 WHERE id = $1 AND revoked_at IS NULL AND ",
    visible!()
);
const FIRST_USE: &str =
    "UPDATE api_keys SET last_used_at = $2 WHERE id = $1 AND last_used_at IS NULL";
const USED: &str = "UPDATE api_keys SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2";
const FORGET: &str = "DELETE FROM api_keys WHERE id IN (SELECT id FROM api_keys \
    WHERE expires_at < $1 ORDER BY expires_at LIMIT 1000)";
// A process whose clock is ahead takes no key that lives from the others.
const FORGET_OF_POSTGRES: &str = "DELETE FROM api_keys WHERE id IN (SELECT id FROM api_keys \
    WHERE expires_at < LEAST($1, now()) ORDER BY expires_at LIMIT 1000)";

const LIVE: &str =
    "SELECT COUNT(*) AS live FROM api_keys WHERE revoked_at IS NULL AND expires_at > $1";

/// How long an expired key is shown to its owner, and told from an unknown one.
const SHOWN_AFTER_ITS_END: Duration = Duration::days(30);

/// What a look-up for a request finds.
pub(super) struct Stored {
    pub key: ApiKey,
    pub hash: Vec<u8>,
    pub is_revoked: bool,
}

/// What came of a key that was to be added.
pub(super) enum Creation {
    Made,
    /// The owner has as many as one may have.
    TooMany,
    /// Somebody was contained after the version that was named.
    Overtaken,
}

/// Keeps keys.
pub(super) struct Store(Connections);

impl Store {
    pub fn new(connections: &Connections) -> Self {
        Self(connections.with(&[]))
    }

    /// Adds a key if containment is at this version.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn create(
        &self,
        key: &ApiKey,
        hash: &[u8],
        most: i64,
        version: i64,
    ) -> Result<Creation, StoreError> {
        let (issuer, subject) = (&key.owner.issuer, &key.owner.subject);
        self.0
            .transaction(Scope::Nobody, async |connection| {
                if !containment::is_at(connection, version).await? {
                    return Ok(Ended::RollBack(Creation::Overtaken));
                }
                let lock = sql(LOCK).bind(issuer).bind(subject);
                lock.execute(connection).await?;
                let prune = sql(PRUNE).bind(issuer).bind(subject);
                prune.execute(connection).await?;
                let insert = sql(CREATE)
                    .bind(&key.id)
                    .bind(issuer)
                    .bind(subject)
                    .bind(&key.name)
                    .bind(&key.permissions)
                    .bind(&key.roles)
                    .bind(&key.networks)
                    .bind(&hash.to_owned())
                    .bind(&key.created_at)
                    .bind(&key.expires_at)
                    .bind(&most);
                let made = insert.execute(connection).await? == 1;
                Ok(if made {
                    Ended::Commit(Creation::Made)
                } else {
                    Ended::RollBack(Creation::TooMany)
                })
            })
            .await
    }

    /// The key of this id, also a revoked one.
    ///
    /// # Errors
    /// When the database cannot be used, and for a row that breaks a rule.
    pub async fn find(&self, id: KeyId) -> Result<Option<Stored>, StoreError> {
        let row = self.row(sql(FIND).bind(&id)).await?;
        let stored = |row: Row| {
            let revoked_at: Option<OffsetDateTime> = row.get("revoked_at")?;
            Ok(Stored {
                key: ApiKey::read(&row)?,
                hash: row.get("hash")?,
                is_revoked: revoked_at.is_some(),
            })
        };
        row.map(stored).transpose()
    }

    /// The key of this id that is not revoked; of this owner, or of anybody.
    ///
    /// # Errors
    /// As [`Store::find`].
    pub async fn find_of(
        &self,
        owner: Option<&Identity>,
        id: KeyId,
    ) -> Result<Option<ApiKey>, StoreError> {
        let row = self.row(of(sql(FIND_VISIBLE).bind(&id), owner)).await?;
        row.as_ref().map(ApiKey::read).transpose()
    }

    /// So many keys below an id, newest first; of this owner, or of all.
    ///
    /// # Errors
    /// As [`Store::find`].
    pub async fn list(
        &self,
        owner: Option<&Identity>,
        below: Uuid,
        limit: i64,
    ) -> Result<Vec<ApiKey>, StoreError> {
        let statement = match owner {
            Some(owner) => sql(LIST_OWN).bind(&owner.issuer).bind(&owner.subject),
            None => sql(LIST_ALL),
        };
        let statement = statement.bind(&below).bind(&limit);
        let rows = self.0.fetch_all(Scope::Nobody, statement);
        rows.await?.iter().map(ApiKey::read).collect()
    }

    /// Revokes a key; of this owner, or of anybody. Whether there was one.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn revoke(
        &self,
        owner: Option<&Identity>,
        id: KeyId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        self.0
            .transaction(Scope::Nobody, async |connection| {
                let revoke = of(sql(REVOKE).bind(&id), owner).bind(&now);
                let revoked = revoke.execute(connection).await? == 1;
                connection.notify().await?;
                Ok(Ended::Commit(revoked))
            })
            .await
    }

    /// Puts down the first use of a key, unless another request was faster. `record` is called before that is
    /// committed: a request that ends in between is on record, or the key's next use is its first.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn first_use(
        &self,
        id: KeyId,
        now: OffsetDateTime,
        record: impl Fn(),
    ) -> Result<(), StoreError> {
        self.0
            .transaction(Scope::Nobody, async |connection| {
                let first_use = sql(FIRST_USE).bind(&id).bind(&now);
                if first_use.execute(connection).await? == 1 {
                    record();
                }
                Ok(Ended::Commit(()))
            })
            .await
    }

    /// Puts down when keys were used last, in one transaction.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn used(&self, last: &[(Uuid, OffsetDateTime)]) -> Result<(), StoreError> {
        self.0
            .transaction(Scope::Nobody, async |connection| {
                for (id, at) in last {
                    sql(USED).bind(id).bind(at).execute(connection).await?;
                }
                Ok(Ended::Commit(()))
            })
            .await
    }

    /// Removes keys that ended long ago.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn forget(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        let forget = sql_of_each(FORGET, FORGET_OF_POSTGRES);
        self.execute(forget.bind(&(now - SHOWN_AFTER_ITS_END)))
            .await
    }

    /// How many keys are neither revoked nor expired.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn live(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        let row = self.row(sql(LIVE).bind(&now)).await?;
        let live = row.map(|row| row.get::<i64>("live")).transpose()?;
        let live = live.and_then(|live| live.try_into().ok());
        Ok(live.unwrap_or_default())
    }

    async fn row(&self, statement: Statement) -> Result<Option<Row>, StoreError> {
        self.0.fetch_optional(Scope::Nobody, statement).await
    }

    async fn execute(&self, statement: Statement) -> Result<u64, StoreError> {
        self.0.execute(Scope::Nobody, statement).await
    }
}

impl ApiKey {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get("id")?,
            owner: Identity {
                issuer: row.get("owner_issuer")?,
                subject: row.get("owner")?,
            },
            name: row.get("name")?,
            permissions: row.get("permissions")?,
            roles: row.get("roles")?,
            networks: row.get("networks")?,
            created_at: row.get("created_at")?,
            expires_at: row.get("expires_at")?,
            last_used_at: row.get("last_used_at")?,
        })
    }
}

/// Binds the owner of [`visible!`]; NULL for an operator, who sees all.
fn of(statement: Statement, owner: Option<&Identity>) -> Statement {
    statement
        .bind(&owner.map(|owner| owner.issuer.clone()))
        .bind(&owner.map(|owner| owner.subject.clone()))
}
