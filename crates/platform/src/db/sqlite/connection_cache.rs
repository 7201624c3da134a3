//! Connections of SQLite that stay with the service between two uses.
//!
//! A pool of the library asks each connection that comes back whether it is alive; with SQLite that is
//! a second trip to the thread that owns the connection, as long as a short read. A connection whose
//! last statement was answered has shown that already, so it is kept here: also when the values broke
//! a constraint, or a client could make the service open a new connection with each request. A
//! connection of any other failed statement, or of an abandoned one, is closed, which rolls back what
//! is open; the pool makes another.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use sqlx::{Connection as _, SqliteConnection, SqlitePool};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{open::prove_writable, place::Place, values::query};
use crate::db::{
    connection::{Connection, ConnectionMetrics, Ended, Waiting},
    error::{self, EngineError},
    statement::{Row, Statement},
};

/// As many connections as the pool may have, and none beside them.
pub struct ConnectionCache {
    /// Creates connections, detached at once: pooled ones need a runtime to be dropped.
    pool: SqlitePool,
    idle: Mutex<Vec<SqliteConnection>>,
    slots: Semaphore,
    waiting: AtomicU64,
    place: Place,
}

impl ConnectionCache {
    /// The connections of a service.
    pub fn new(pool: SqlitePool) -> Self {
        let place = Place::of(pool.connect_options().get_filename());
        let connections = usize::try_from(pool.options().get_max_connections()).unwrap_or(1);
        Self {
            pool,
            idle: Mutex::new(Vec::with_capacity(connections)),
            slots: Semaphore::new(connections),
            waiting: AtomicU64::default(),
            place,
        }
    }

    /// Does `work`, which reads.
    ///
    /// # Errors
    /// When no connection becomes free in time, a new one cannot be made, or `work` fails.
    async fn read<T>(
        &self,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        self.place.check_for_read()?;
        self.run(work).await
    }

    /// Does `work`, which changes rows. What went into a file that is gone is not acknowledged.
    ///
    /// # Errors
    /// As [`ConnectionCache::read`]; also when the path of the database leads elsewhere.
    async fn change<T>(
        &self,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        self.place.check()?;
        let done = self.run(work).await?;
        self.place.check().map(|()| done)
    }

    /// Does `work` with a connection, as soon as one is free. A transaction that `work` leaves without
    /// a commit is rolled back.
    async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let slot = self.slot().await?;
        let mut connection = self.connection().await?;
        let result = work(&mut connection).await;
        if result.as_ref().err().is_none_or(error::is_of_the_data) {
            self.idle().push(connection);
        }
        drop(slot);
        result
    }

    /// Does `work` in a transaction.
    ///
    /// # Errors
    /// As [`ConnectionCache::change`].
    pub async fn transaction<T>(
        &self,
        work: impl AsyncFnOnce(&mut Connection<'_>) -> Result<Ended<T>, EngineError>,
    ) -> Result<T, EngineError> {
        self.change(async |connection| {
            let mut transaction = connection.begin().await?;
            match work(&mut Connection::Sqlite(&mut transaction)).await? {
                Ended::Commit(value) => transaction.commit().await.map(|()| value),
                Ended::RollBack(value) => transaction.rollback().await.map(|()| value),
            }
        })
        .await
    }

    /// # Errors
    /// As [`ConnectionCache::read`].
    pub async fn fetch_optional(&self, statement: Statement) -> Result<Option<Row>, EngineError> {
        self.read(async |connection| {
            let row = query(statement.sqlite, statement.values)
                .fetch_optional(connection)
                .await?;
            Ok(row.map(Row::Sqlite))
        })
        .await
    }

    /// # Errors
    /// As [`ConnectionCache::read`].
    pub async fn fetch_all(&self, statement: Statement) -> Result<Vec<Row>, EngineError> {
        self.read(async |connection| {
            let rows = query(statement.sqlite, statement.values)
                .fetch_all(connection)
                .await?;
            Ok(rows.into_iter().map(Row::Sqlite).collect())
        })
        .await
    }

    /// # Errors
    /// As [`ConnectionCache::change`].
    pub async fn execute(&self, statement: Statement) -> Result<u64, EngineError> {
        self.change(async |connection| {
            let done = query(statement.sqlite, statement.values)
                .execute(connection)
                .await?;
            Ok(done.rows_affected())
        })
        .await
    }

    /// # Errors
    /// As [`ConnectionCache::change`].
    pub async fn ping(&self) -> Result<(), EngineError> {
        self.change(async |connection| connection.ping().await)
            .await
    }

    /// # Errors
    /// As [`ConnectionCache::change`].
    pub async fn prove_writable(&self) -> Result<(), EngineError> {
        self.change(async |connection| prove_writable(connection).await)
            .await
    }

    pub fn metrics(&self) -> ConnectionMetrics {
        let most = self.pool.options().get_max_connections();
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        ConnectionMetrics {
            busy: most.saturating_sub(self.slots.available_permits()),
            idle: self.idle().len(),
            most,
            waiting: self.waiting.load(Ordering::Relaxed),
        }
    }

    /// The right to one connection. Only a caller who has to wait gets a timer.
    async fn slot(&self) -> Result<SemaphorePermit<'_>, EngineError> {
        if let Ok(slot) = self.slots.try_acquire() {
            return Ok(slot);
        }
        let options = self.pool.options();
        let _waiting = Waiting::queue(&self.waiting, options.get_max_connections())?;
        let patience = options.get_acquire_timeout();
        tokio::time::timeout(patience, self.slots.acquire())
            .await
            .map_err(|_| EngineError::PoolTimedOut)?
            .map_err(|_| EngineError::PoolClosed)
    }

    /// A connection that was kept, or a new one.
    async fn connection(&self) -> Result<SqliteConnection, EngineError> {
        if let Some(connection) = self.idle().pop() {
            return Ok(connection);
        }
        // Where no file is, a new connection would make one.
        self.place.check()?;
        Ok(self.pool.acquire().await?.detach())
    }

    fn idle(&self) -> MutexGuard<'_, Vec<SqliteConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
