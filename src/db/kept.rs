//! Connections that stay with their store between two uses.
//!
//! A pool of the library asks each connection that comes back whether it is alive; with SQLite that is
//! a second trip to the thread that owns the connection, as long as a short read. A connection whose
//! last statement succeeded has answered that already, so it is kept here. Any other, of a failed or
//! abandoned statement, is closed, which rolls back what is open; the pool makes another.

use std::{
    ops::{Deref, DerefMut},
    sync::{Mutex, MutexGuard, PoisonError},
};

use sqlx::{Database, Pool};
use tokio::sync::{Semaphore, SemaphorePermit};

/// As many connections as the pool may have, and none beside them.
pub struct Kept<DB: Database> {
    /// Makes them; they leave it at once, since one of its own can only be dropped inside the runtime.
    pool: Pool<DB>,
    idle: Mutex<Vec<DB::Connection>>,
    seats: Semaphore,
}

/// A connection in use.
pub struct Taken<'k, DB: Database> {
    connection: DB::Connection,
    from: &'k Kept<DB>,
    seat: SemaphorePermit<'k>,
}

impl<DB: Database> Kept<DB> {
    #[must_use]
    pub fn new(pool: Pool<DB>) -> Self {
        let connections = usize::try_from(pool.options().get_max_connections()).unwrap_or(1);
        Self {
            pool,
            idle: Mutex::new(Vec::with_capacity(connections)),
            seats: Semaphore::new(connections),
        }
    }

    /// A connection, as soon as one is free.
    ///
    /// # Errors
    /// When none becomes free in time, or a new one cannot be made.
    pub async fn connection(&self) -> Result<Taken<'_, DB>, sqlx::Error> {
        let seat = match self.seats.try_acquire() {
            Ok(seat) => seat,
            // Only who has to wait gets a timer.
            Err(_) => self.wait_for_seat().await?,
        };
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.pool.acquire().await?.detach(),
        };
        Ok(Taken {
            connection,
            from: self,
            seat,
        })
    }

    async fn wait_for_seat(&self) -> Result<SemaphorePermit<'_>, sqlx::Error> {
        let patience = self.pool.options().get_acquire_timeout();
        tokio::time::timeout(patience, self.seats.acquire())
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<DB::Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<DB: Database> Taken<'_, DB> {
    /// Keeps it for the next: its statement has succeeded, and no transaction is open.
    pub fn keep(self) {
        self.from.idle().push(self.connection);
        drop(self.seat);
    }
}

impl<DB: Database> Deref for Taken<'_, DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        &self.connection
    }
}

impl<DB: Database> DerefMut for Taken<'_, DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        &mut self.connection
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::future::join_all;
    use sqlx::{Sqlite, SqlitePool, sqlite::SqlitePoolOptions};

    use super::*;

    async fn pool() -> SqlitePool {
        let options = SqlitePoolOptions::new().max_connections(2);
        let options = options.acquire_timeout(Duration::from_millis(200));
        options.connect("sqlite::memory:").await.unwrap()
    }

    async fn select(kept: &Kept<Sqlite>, what: &'static str) -> Result<i64, sqlx::Error> {
        let mut connection = kept.connection().await?;
        let value = sqlx::query_scalar(what).fetch_one(&mut *connection).await?;
        connection.keep();
        Ok(value)
    }

    fn run(test: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(test);
    }

    #[test]
    fn whoever_waits_gets_a_connection_that_is_kept() {
        run(async {
            let kept = Kept::new(pool().await);
            let all = join_all((0..50).map(|_| select(&kept, "SELECT 1"))).await;
            assert!(all.into_iter().all(|value| value.unwrap() == 1));
            assert!((1..=2).contains(&kept.idle().len()));
        });
    }

    #[test]
    fn a_failed_or_abandoned_statement_keeps_nothing() {
        run(async {
            let kept = Kept::new(pool().await);
            assert!(select(&kept, "SELECT 1 FROM nothing").await.is_err());
            drop(kept.connection().await.unwrap());
            assert_eq!(kept.idle().len(), 0);
            assert_eq!(select(&kept, "SELECT 1").await.unwrap(), 1);
            assert_eq!(kept.idle().len(), 1);
        });
    }

    #[test]
    fn too_many_at_once_wait_no_longer_than_they_may() {
        run(async {
            let kept = Kept::new(pool().await);
            let _first = kept.connection().await.unwrap();
            let _second = kept.connection().await.unwrap();
            let third = kept.connection().await;
            assert!(matches!(third, Err(sqlx::Error::PoolTimedOut)));
        });
    }
}
