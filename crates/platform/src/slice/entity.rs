//! What a slice says about its rows, and what the platform keeps around each of them.

use time::OffsetDateTime;

use super::Id;
use crate::{
    auth::{Identity, Principal},
    db::{Row, Statement, StoreError, Unique},
    http::{
        response::{
            answer::{Created, Versioned},
            etag::EntityTag,
        },
        routing::route::API_PREFIX,
    },
};

/// A kind of row: its content, and how the content is stored.
pub trait Entity: Clone + Send + Sync + 'static {
    /// The plural, which is also the last part of the collection's path: `invoices`.
    const NAME: &'static str;
    /// What the store runs.
    const SQL: Statements;
    /// Unique constraints of the table, beside the id.
    const UNIQUE: &'static [Unique] = &[];
    /// The `code` of the 409 for an owner who has as many rows as one owner may have.
    const TOO_MANY: &'static str;

    /// Binds the content, in the order that [`Statements::insert`] and [`Statements::update`] name it.
    fn bind(&self, statement: Statement) -> Statement;

    /// Reads the content.
    ///
    /// # Errors
    /// When a column breaks a rule of its type.
    fn read(row: &Row) -> Result<Self, StoreError>;
}

/// The SQL of an entity: text constants, written in the slice. The numbers of the values are the same
/// in every slice.
///
/// The tests ask the database for the plan of each list: a list that scans or sorts fails them.
#[derive(Debug, Clone, Copy)]
pub struct Statements {
    /// `$1` id, `$2` issuer and `$3` subject of the owner, `$4` version, `$5` created, `$6` updated,
    /// then the content.
    pub insert: &'static str,
    /// `$1` id, [`visible!`](crate::visible).
    pub find: &'static str,
    /// `$1` id, [`visible!`](crate::visible), `$4` the version that is replaced, `$5` updated, then the
    /// content. Identity, owner and time of creation never change, so no statement changes them.
    pub update: &'static str,
    /// `$1` id, [`visible!`](crate::visible), `$4` the version.
    pub delete: &'static str,
    /// Rows of one owner: `$1` issuer, `$2` subject, `$3` the id below which the page begins, `$4` how
    /// many.
    pub list_own: &'static str,
    /// Rows of all: `$1` the id below which the page begins, `$2` how many.
    pub list_all: &'static str,
    /// The same two with the state as one more value, `$5` and `$3`. A condition that may be absent
    /// keeps the planner from using an index, so these are statements of their own.
    ///
    /// None for rows without states: their list reads `ListQuery<NoStates>`.
    pub list_own_in_state: Option<&'static str>,
    pub list_all_in_state: Option<&'static str>,
}

/// The condition that hides the rows of others: `$2` and `$3` are the owner, or NULL for a caller who
/// sees all. It stands in each statement about one row, so a hidden row is never loaded (API1:2023).
#[macro_export]
macro_rules! visible {
    () => {
        "(CAST($2 AS TEXT) IS NULL OR (owner_issuer = $2 AND owner = $3))"
    };
}

/// A row with what the platform keeps around its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned<E> {
    pub id: Id<E>,
    pub owner: Identity,
    pub content: E,
    /// Counts the changes, from 1; the entity tag.
    pub version: i64,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

impl<E: Entity> Owned<E> {
    /// A new row of the caller's.
    #[must_use]
    pub fn new(caller: &Principal, content: E, now: OffsetDateTime) -> Self {
        Self::of(caller.identity.clone(), content, now)
    }

    /// A new row of this owner's.
    #[must_use]
    pub fn of(owner: Identity, content: E, now: OffsetDateTime) -> Self {
        Self {
            id: Id::at(now),
            owner,
            content,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// The next version, with this content. It is no older than the one before: another process, or this
    /// one before its restart, may have had a clock that was ahead.
    #[must_use]
    pub fn changed(self, content: E, now: OffsetDateTime) -> Self {
        Self {
            content,
            version: self.version + 1,
            updated_at: now.max(self.updated_at),
            ..self
        }
    }

    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get("id")?,
            owner: Identity {
                issuer: row.get("owner_issuer")?,
                subject: row.get("owner")?,
            },
            content: E::read(row)?,
            version: row.get("version")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

/// 200 with the version.
impl<E: Entity, R: From<Owned<E>>> From<Owned<E>> for Versioned<R> {
    fn from(row: Owned<E>) -> Self {
        Self {
            tag: EntityTag(row.version),
            body: row.into(),
        }
    }
}

/// 201 with the place and the version.
impl<E: Entity, R: From<Owned<E>>> From<Owned<E>> for Created<R> {
    fn from(row: Owned<E>) -> Self {
        Self {
            location: format!("{API_PREFIX}/{}/{}", E::NAME, row.id),
            tag: EntityTag(row.version),
            body: row.into(),
        }
    }
}

/// Where a row is in its life; made by [`states!`](crate::states).
pub trait State: Copy + PartialEq + Send + Sync + 'static {
    const ALL: &'static [Self];

    /// Its name in JSON and in the column.
    fn name(self) -> &'static str;

    /// Whether there is an arrow from this state to `next`. States move along arrows only, so a step
    /// that is skipped is not a request that a client can make (ASVS 2.3.1).
    fn may_become(self, next: Self) -> bool;
}
