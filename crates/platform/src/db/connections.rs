//! Connections to the database that is configured, whichever engine it is.
//!
//! Stores ask here, and name no engine. What differs is in `sqlite` and `postgres`, which have the same small
//! set of functions: `fetch_optional`, `fetch_all`, `execute`, `transaction`, `ping`, `metrics`.
//!
//! A future is as large as the largest that it may wait for, and a handler's is moved several times. Those of
//! PostgreSQL's driver are large, so they are boxed: a read of SQLite does not carry them about.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use sqlx::SqlitePool;
use tokio::sync::watch;

use super::{
    availability::Availability,
    connection::{Connection, ConnectionMetrics, Ended},
    error::{self, EngineError, StoreError, Unique},
    fault::Fault,
    notifications::Heard,
    postgres,
    scope::Scope,
    sqlite,
    statement::{Row, Statement},
};
use crate::spans::{self, Work};

/// A transaction that lost against another one is tried so often in all.
const ATTEMPTS: u32 = 6;
/// Before the second attempt; doubled before each further one.
const PAUSE: Duration = Duration::from_millis(4);

/// Spans of a trace: reading, and changing, which may be a transaction of several statements.
const READ: Work = Work::Call("database read");
const CHANGE: Work = Work::Call("database change");

/// A look that takes longer than this finds a database that does not answer.
const LOOK: Duration = Duration::from_secs(10);

/// Connections of a store. All stores of a service share them.
pub struct Connections {
    engine: Engine,
    /// What other processes have changed.
    heard: watch::Receiver<Heard>,
    availability: Arc<Availability>,
    /// The unique constraints of the tables that this store writes.
    unique: &'static [Unique],
}

#[derive(Clone)]
enum Engine {
    Sqlite(Arc<sqlite::Pool>),
    Postgres(Arc<postgres::Pool>),
}

impl Connections {
    /// The connections of a service to SQLite.
    #[must_use]
    pub fn of_sqlite(pool: SqlitePool) -> Self {
        let engine = Engine::Sqlite(Arc::new(sqlite::Pool::new(pool)));
        Self::of(engine, watch::channel(Heard::default()).1)
    }

    /// The connections of a service to PostgreSQL.
    pub(super) fn of_postgres(pool: postgres::Pool, heard: watch::Receiver<Heard>) -> Self {
        Self::of(Engine::Postgres(Arc::new(pool)), heard)
    }

    fn of(engine: Engine, heard: watch::Receiver<Heard>) -> Self {
        Self {
            engine,
            heard,
            availability: Arc::new(Availability::new()),
            unique: &[],
        }
    }

    /// The same connections, for a store whose tables have these unique constraints.
    #[must_use]
    pub fn with(&self, unique: &'static [Unique]) -> Self {
        Self {
            engine: self.engine.clone(),
            heard: self.heard.clone(),
            availability: self.availability.clone(),
            unique,
        }
    }

    /// One row, if there is one.
    ///
    /// # Errors
    /// When no connection becomes free in time, a new one cannot be made, or the statement fails.
    pub async fn fetch_optional(
        &self,
        scope: Scope<'_>,
        statement: Statement,
    ) -> Result<Option<Row>, StoreError> {
        let _call = spans::child(READ);
        let row = match &self.engine {
            Engine::Sqlite(pool) => pool.fetch_optional(statement).await,
            Engine::Postgres(pool) => Box::pin(pool.fetch_optional(scope, &statement)).await,
        };
        row.map_err(|error| self.failed(error))
    }

    /// All rows.
    ///
    /// # Errors
    /// As [`Connections::fetch_optional`].
    pub async fn fetch_all(
        &self,
        scope: Scope<'_>,
        statement: Statement,
    ) -> Result<Vec<Row>, StoreError> {
        let _call = spans::child(READ);
        let rows = match &self.engine {
            Engine::Sqlite(pool) => pool.fetch_all(statement).await,
            Engine::Postgres(pool) => Box::pin(pool.fetch_all(scope, &statement)).await,
        };
        rows.map_err(|error| self.failed(error))
    }

    /// Changes rows with one statement. How many.
    ///
    /// # Errors
    /// As [`Connections::fetch_optional`].
    pub async fn execute(&self, scope: Scope<'_>, statement: Statement) -> Result<u64, StoreError> {
        match &self.engine {
            Engine::Sqlite(pool) => {
                let _call = spans::child(CHANGE);
                let rows = pool.execute(statement).await;
                rows.map_err(|error| self.failed(error))
            }
            Engine::Postgres(_) => {
                self.transaction(scope, async |connection| {
                    let rows = statement.clone().execute(connection).await?;
                    Ok(Ended::Commit(rows))
                })
                .await
            }
        }
    }

    /// Does `work` in a transaction. It is committed only when `work` says so; otherwise nothing of it
    /// happened. A transaction that the database refuses because of another one is tried again, so `work` may
    /// be called several times.
    ///
    /// # Errors
    /// As [`Connections::fetch_optional`].
    pub async fn transaction<T>(
        &self,
        scope: Scope<'_>,
        work: impl AsyncFn(&mut Connection<'_>) -> Result<Ended<T>, EngineError>,
    ) -> Result<T, StoreError> {
        let _call = spans::child(CHANGE);
        let mut attempt = 1;
        loop {
            let done = match &self.engine {
                Engine::Sqlite(pool) => pool.transaction(&work).await,
                Engine::Postgres(pool) => Box::pin(pool.transaction(scope, &work)).await,
            };
            match done {
                Err(error) if error::is_conflict(&error) && attempt < ATTEMPTS => {
                    tokio::time::sleep(pause(attempt)).await;
                    attempt += 1;
                }
                done => return done.map_err(|error| self.failed(error)),
            }
        }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// As [`Connections::fetch_optional`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        let answer = match &self.engine {
            Engine::Sqlite(pool) => pool.ping().await,
            Engine::Postgres(pool) => Box::pin(pool.ping()).await,
        };
        answer.map_err(|error| self.failed(error))
    }

    /// Asks the database whether it can be used: a question on a good day; a change, as a start makes it, while
    /// it is known to be unusable, since what can still be read may not be written. What it finds is said by
    /// [`Connections::fault`].
    pub async fn look(&self) {
        let is_usable = self.fault().borrow().is_none();
        let look = async {
            match &self.engine {
                Engine::Sqlite(pool) if is_usable => pool.ping().await,
                Engine::Postgres(pool) if is_usable => pool.ping().await,
                Engine::Sqlite(pool) => pool.prove_writable().await,
                Engine::Postgres(pool) => pool.prove_writable().await,
            }
        };
        match tokio::time::timeout(LOOK, look).await {
            Ok(Ok(())) => self.availability.looked_well(),
            Ok(Err(error)) => drop(self.failed(error)),
            Err(_) => self.availability.failed(Fault::Silent),
        }
    }

    /// The fault that made the database unusable; none while it is usable.
    #[must_use]
    pub fn fault(&self) -> watch::Receiver<Option<Fault>> {
        self.availability.fault()
    }

    /// How many operations failed with each fault.
    pub fn faults(&self) -> impl Iterator<Item = (Fault, u64)> {
        self.availability.counts()
    }

    /// Figures for operators.
    #[must_use]
    pub fn metrics(&self) -> ConnectionMetrics {
        match &self.engine {
            Engine::Sqlite(pool) => pool.metrics(),
            Engine::Postgres(pool) => pool.metrics(),
        }
    }

    /// What other processes on this database have changed: [`changed`](super::changed) waits for it.
    #[must_use]
    pub fn heard(&self) -> watch::Receiver<Heard> {
        self.heard.clone()
    }

    fn failed(&self, error: EngineError) -> StoreError {
        let error = StoreError::of(error, self.unique);
        if let StoreError::Unavailable(fault, _) = &error {
            self.availability.failed(*fault);
        }
        error
    }
}

/// Half of the pause to one and a half: those that met once do not meet again.
fn pause(attempt: u32) -> Duration {
    let random = RandomState::new().hash_one(attempt) % 1000;
    let pause = PAUSE * 2_u32.saturating_pow(attempt.saturating_sub(1));
    let part = u32::try_from(random).unwrap_or_default();
    pause / 2 + pause * part / 1000
}

#[cfg(test)]
mod tests;
