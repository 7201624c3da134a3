//! Keeps the rows of an entity. Every change is one transaction: all of it happens, durably, or nothing.

use std::marker::PhantomData;

use time::Duration;

use super::{
    Attempt, Claim, Entity, Id, ListQuery, Owned, Rows, State, VisibleTo, claim, owner::scope_of,
};
use crate::{
    auth::Identity,
    config::Settings,
    db::{Connections, Ended, Statement, sql},
    http::{
        problem::Problem,
        response::etag::{EntityTag, IfMatch},
    },
};

/// The store of one entity. Handlers ask for it as `Data<Store<Invoice>>`.
pub struct Store<E> {
    connections: Connections,
    /// Rows of one owner at most, and remembered idempotency keys.
    max_of_owner: i64,
    /// How long an idempotency key is remembered.
    retention: Duration,
    entity: PhantomData<fn() -> E>,
}

/// A row that was made.
#[derive(Debug)]
pub struct Creation<E> {
    pub row: Owned<E>,
    /// An earlier request with the same idempotency key made it.
    pub repeated: bool,
}

// Counts the rows of an owner, unless the owner has as many as one may have. The counter's row is the
// owner's lock: of two creations at once, the second sees what the first has made.
const ADD_ROW: &str = "INSERT INTO rows_of_owners (resource, owner_issuer, owner, rows) \
    VALUES ($1, $2, $3, 1) ON CONFLICT (resource, owner_issuer, owner) \
    DO UPDATE SET rows = rows_of_owners.rows + 1 \
    WHERE rows_of_owners.rows < $4 AND rows_of_owners.idempotency_keys <= $4";
const REMOVE_ROW: &str = "UPDATE rows_of_owners SET rows = rows - 1 \
    WHERE resource = $1 AND owner_issuer = $2 AND owner = $3";

impl<E: Entity> Store<E> {
    /// A store on these connections, with the bounds of `settings`.
    #[must_use]
    pub fn new(connections: &Connections, settings: &Settings) -> Self {
        Self {
            connections: connections.with(E::UNIQUE),
            max_of_owner: settings.per_owner.rows.into(),
            retention: settings.idempotency.retention(),
            entity: PhantomData,
        }
    }

    /// Adds a row. The same `attempt` by the same owner adds it once: the second time it answers with
    /// the id and the times of the first row.
    ///
    /// # Errors
    /// 422 `idempotency_key_reused` for a key that was used for something else; 409 for an owner who
    /// has as many rows as one may have, and for a unique constraint; 503 when the database cannot be
    /// used.
    pub async fn create(
        &self,
        mut row: Owned<E>,
        attempt: Option<&Attempt>,
    ) -> Result<Creation<E>, Problem> {
        let owner = &row.owner;
        let made = self
            .connections
            .transaction(scope_of(owner), async |connection| {
                // A transaction of SQLite becomes a writer with its first statement, so that one is a
                // write: a reader that turns writer later can lose the race and must start again.
                if let Some(attempt) = attempt {
                    let new = (row.id.uuid(), row.created_at);
                    let forget_before = row.created_at - self.retention;
                    let of = (E::NAME, owner);
                    match claim(connection, of, attempt, new, forget_before).await? {
                        Claim::New => {}
                        before => return Ok(Ended::RollBack(Made::Before(before))),
                    }
                }
                let room = counter::<E>(ADD_ROW, owner).bind(&self.max_of_owner);
                if room.execute(connection).await? == 0 {
                    return Ok(Ended::RollBack(Made::NoRoom));
                }
                let insert = sql(E::SQL.insert)
                    .bind(&row.id)
                    .bind(&owner.issuer)
                    .bind(&owner.subject)
                    .bind(&row.version)
                    .bind(&row.created_at)
                    .bind(&row.updated_at);
                row.content.bind(insert).execute(connection).await?;
                Ok(Ended::Commit(Made::Now))
            })
            .await?;
        match made {
            Made::Now => Ok(Creation {
                row,
                repeated: false,
            }),
            Made::Before(Claim::Repeated { id, at }) => {
                row.id = Id::of(id);
                (row.created_at, row.updated_at) = (at, at);
                Ok(Creation {
                    row,
                    repeated: true,
                })
            }
            Made::Before(_) => Err(Problem::unprocessable("", "idempotency_key_reused")),
            Made::NoRoom => Err(Problem::limit_reached(E::TOO_MANY)),
        }
    }

    /// One page of what may be seen.
    ///
    /// # Errors
    /// 503 when the database cannot be used.
    pub async fn list<S: State>(
        &self,
        visible_to: &VisibleTo,
        query: &ListQuery<S>,
    ) -> Result<Rows<E>, Problem> {
        let page = query.page();
        let state = query.status.map(|state| state.name().to_owned());
        let (own, all) = match state {
            None => (Some(E::SQL.list_own), Some(E::SQL.list_all)),
            Some(_) => (E::SQL.list_own_in_state, E::SQL.list_all_in_state),
        };
        let missing = || Problem::Internal("the entity has no list by state".into());
        let statement = match visible_to {
            VisibleTo::Owner(owner) => sql(own.ok_or_else(missing)?)
                .bind(&owner.issuer)
                .bind(&owner.subject),
            VisibleTo::Everyone => sql(all.ok_or_else(missing)?),
        };
        let statement = statement.bind(&page.below()).bind(&page.rows());
        let statement = match state {
            Some(state) => statement.bind(&state),
            None => statement,
        };
        let rows = self
            .connections
            .fetch_all(visible_to.scope(), statement)
            .await?;
        let rows: Result<Vec<_>, _> = rows.iter().map(Owned::read).collect();
        let mut rows: Vec<Owned<E>> = rows?;
        let next = page.cut(&mut rows, |row| row.id.uuid());
        Ok(Rows { rows, next })
    }

    /// One row, if it may be seen.
    ///
    /// # Errors
    /// 404 when it is not there, and when it is somebody else's; 503 when the database cannot be used.
    pub async fn find(&self, visible_to: &VisibleTo, id: Id<E>) -> Result<Owned<E>, Problem> {
        let statement = visible(E::SQL.find, id, visible_to);
        let row = self
            .connections
            .fetch_optional(visible_to.scope(), statement)
            .await?;
        Ok(Owned::read(&row.ok_or(Problem::NotFound)?)?)
    }

    /// One row, if it may be seen and the client means its current version.
    ///
    /// # Errors
    /// As [`Store::find`]; 412 for another version.
    pub async fn current(
        &self,
        visible_to: &VisibleTo,
        id: Id<E>,
        expected: &IfMatch,
    ) -> Result<Owned<E>, Problem> {
        let row = self.find(visible_to, id).await?;
        if expected.matches(EntityTag(row.version)) {
            Ok(row)
        } else {
            Err(Problem::PreconditionFailed)
        }
    }

    /// Replaces version `row.version - 1` by `row`.
    ///
    /// # Errors
    /// 412 when another request was faster; 409 for a unique constraint; 503 when the database cannot
    /// be used.
    pub async fn update(&self, visible_to: &VisibleTo, row: &Owned<E>) -> Result<(), Problem> {
        let statement = visible(E::SQL.update, row.id, visible_to)
            .bind(&(row.version - 1))
            .bind(&row.updated_at);
        let statement = row.content.bind(statement);
        let rows = self
            .connections
            .execute(visible_to.scope(), statement)
            .await?;
        written(rows)
    }

    /// Removes this version of a row.
    ///
    /// # Errors
    /// 412 when another request was faster; 503 when the database cannot be used.
    pub async fn delete(&self, visible_to: &VisibleTo, row: &Owned<E>) -> Result<(), Problem> {
        let rows = self
            .connections
            .transaction(visible_to.scope(), async |connection| {
                let delete = visible(E::SQL.delete, row.id, visible_to).bind(&row.version);
                let rows = delete.execute(connection).await?;
                if rows == 1 {
                    let uncount = counter::<E>(REMOVE_ROW, &row.owner);
                    uncount.execute(connection).await?;
                }
                Ok(Ended::Commit(rows))
            })
            .await?;
        written(rows)
    }
}

enum Made {
    Now,
    Before(Claim),
    NoRoom,
}

fn counter<E: Entity>(text: &'static str, owner: &Identity) -> Statement {
    sql(text)
        .bind(&E::NAME.to_owned())
        .bind(&owner.issuer)
        .bind(&owner.subject)
}

/// A statement about one row that may be seen.
fn visible<E>(text: &'static str, id: Id<E>, visible_to: &VisibleTo) -> Statement {
    let (issuer, subject) = visible_to.bound();
    sql(text).bind(&id).bind(&issuer).bind(&subject)
}

/// Another request may have been faster between reading and writing.
fn written(rows: u64) -> Result<(), Problem> {
    if rows == 1 {
        Ok(())
    } else {
        Err(Problem::PreconditionFailed)
    }
}
