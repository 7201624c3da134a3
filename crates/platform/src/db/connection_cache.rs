//! Connections that stay with their store between two uses.
//!
//! A pool of the library asks each connection that comes back whether it is alive; with SQLite that is
//! a second trip to the thread that owns the connection, as long as a short read. A connection whose
//! last statement was answered has shown that already, so it is kept here: also when the values broke
//! a constraint, or a client could make the service open a new connection with each request. A
//! connection of any other failed statement, or of an abandoned one, is closed, which rolls back what
//! is open; the pool makes another.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use sqlx::{Connection as _, Database, Pool};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{StoreError, Unique, error};

/// As many connections as the pool may have, and none beside them: all stores of a service share one
/// cache.
pub struct ConnectionCache<DB: Database> {
    shared: Arc<Shared<DB>>,
    /// The unique constraints of the tables that this store writes.
    unique: &'static [Unique],
}

struct Shared<DB: Database> {
    /// Creates connections, detached at once: pooled ones need a runtime to be dropped.
    pool: Pool<DB>,
    idle: Mutex<Vec<DB::Connection>>,
    slots: Semaphore,
    waiting: AtomicU64,
}

/// How many connections there are, and how many callers want one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheMetrics {
    /// In use.
    pub busy: usize,
    /// Kept for the next use.
    pub idle: usize,
    /// As many as there may be.
    pub most: usize,
    /// Callers that wait for one.
    pub waiting: u64,
}

/// A caller that waits, until it is dropped.
struct Waiting<'a>(&'a AtomicU64);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How the work of a transaction ended.
#[derive(Debug)]
pub enum Ended<T> {
    Commit(T),
    RollBack(T),
}

impl<DB: Database> ConnectionCache<DB> {
    /// The connections of a service.
    #[must_use]
    pub fn new(pool: Pool<DB>) -> Self {
        let connections = usize::try_from(pool.options().get_max_connections()).unwrap_or(1);
        let shared = Shared {
            pool,
            idle: Mutex::new(Vec::with_capacity(connections)),
            slots: Semaphore::new(connections),
            waiting: AtomicU64::default(),
        };
        Self {
            shared: Arc::new(shared),
            unique: &[],
        }
    }

    /// The same connections, for a store whose tables have these unique constraints.
    #[must_use]
    pub fn with(&self, unique: &'static [Unique]) -> Self {
        Self {
            shared: self.shared.clone(),
            unique,
        }
    }

    /// Does `work` with a connection, as soon as one is free. A transaction that `work` leaves without
    /// a commit is rolled back.
    ///
    /// # Errors
    /// When no connection becomes free in time, a new one cannot be made, or `work` fails.
    pub async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&mut DB::Connection) -> Result<T, sqlx::Error>,
    ) -> Result<T, StoreError> {
        let slot = self.shared.slot().await?;
        let mut connection = self.shared.connection().await?;
        let result = work(&mut connection).await;
        if result.as_ref().err().is_none_or(error::is_of_the_data) {
            self.shared.idle().push(connection);
        }
        drop(slot);
        result.map_err(|error| StoreError::of(error, self.unique))
    }

    /// Figures for operators.
    #[must_use]
    pub fn metrics(&self) -> CacheMetrics {
        let shared = &self.shared;
        let most = shared.pool.options().get_max_connections();
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        CacheMetrics {
            busy: most.saturating_sub(shared.slots.available_permits()),
            idle: shared.idle().len(),
            most,
            waiting: shared.waiting.load(Ordering::Relaxed),
        }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// As [`ConnectionCache::run`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.run(async |connection| connection.ping().await).await
    }

    /// Does `work` in a transaction. It is committed only when `work` says so; otherwise nothing of it
    /// happened.
    ///
    /// # Errors
    /// As [`ConnectionCache::run`].
    pub async fn transaction<T>(
        &self,
        work: impl AsyncFnOnce(&mut DB::Connection) -> Result<Ended<T>, sqlx::Error>,
    ) -> Result<T, StoreError> {
        self.run(async |connection| {
            let mut transaction = connection.begin().await?;
            match work(&mut transaction).await? {
                Ended::Commit(value) => transaction.commit().await.map(|()| value),
                Ended::RollBack(value) => transaction.rollback().await.map(|()| value),
            }
        })
        .await
    }
}

impl<DB: Database> Shared<DB> {
    /// The right to one connection. Only a caller who has to wait gets a timer.
    async fn slot(&self) -> Result<SemaphorePermit<'_>, StoreError> {
        if let Ok(slot) = self.slots.try_acquire() {
            return Ok(slot);
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        let patience = self.pool.options().get_acquire_timeout();
        let slot = tokio::time::timeout(patience, self.slots.acquire())
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)?;
        Ok(slot)
    }

    /// A connection that was kept, or a new one.
    async fn connection(&self) -> Result<DB::Connection, sqlx::Error> {
        let idle = self.idle().pop();
        match idle {
            Some(connection) => Ok(connection),
            None => Ok(self.pool.acquire().await?.detach()),
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<DB::Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{pin::pin, time::Duration};

    use futures_util::future::{self, Either, join, join_all};
    use sqlx::{Connection, Executor, Sqlite, sqlite::SqlitePoolOptions};

    use super::*;
    use crate::db::Fault;

    /// Two connections, which a caller waits for no longer than `patience`.
    async fn cache_with(patience: Duration) -> ConnectionCache<Sqlite> {
        let options = SqlitePoolOptions::new().max_connections(2);
        let options = options.acquire_timeout(patience);
        ConnectionCache::new(options.connect("sqlite::memory:").await.unwrap())
    }

    /// On a busy machine fifty callers take long for their turns.
    async fn cache() -> ConnectionCache<Sqlite> {
        cache_with(Duration::from_secs(20)).await
    }

    async fn select(
        cache: &ConnectionCache<Sqlite>,
        what: &'static str,
    ) -> Result<i64, StoreError> {
        cache
            .run(async |connection| sqlx::query_scalar(what).fetch_one(connection).await)
            .await
    }

    fn run(test: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(test);
    }

    #[test]
    fn a_caller_who_waits_gets_a_connection_that_is_kept() {
        run(async {
            let cache = cache().await;
            let all = join_all((0..50).map(|_| select(&cache, "SELECT 1"))).await;
            assert!(all.into_iter().all(|value| value.unwrap() == 1));
            assert!((1..=2).contains(&cache.shared.idle().len()));
        });
    }

    #[test]
    fn a_failed_or_abandoned_statement_keeps_nothing() {
        run(async {
            let cache = cache().await;
            assert!(select(&cache, "SELECT 1 FROM nothing").await.is_err());
            let never = cache.run(async |_| std::future::pending::<Result<(), _>>().await);
            let abandoned = tokio::time::timeout(Duration::from_millis(1), never).await;
            assert!(abandoned.is_err());
            assert_eq!(cache.shared.idle().len(), 0);
            assert_eq!(select(&cache, "SELECT 1").await.unwrap(), 1);
            assert_eq!(cache.shared.idle().len(), 1);
        });
    }

    #[test]
    fn values_that_break_a_constraint_leave_a_connection_without_an_open_transaction() {
        run(async {
            let cache = cache().await;
            let insert = async || {
                cache
                    .run(async |connection| {
                        let mut transaction = connection.begin().await?;
                        transaction.execute("INSERT INTO t VALUES (1)").await?;
                        transaction.execute("INSERT INTO t VALUES (2)").await?;
                        transaction.commit().await
                    })
                    .await
            };
            cache
                .run(async |connection| {
                    let made =
                        connection.execute("CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (2)");
                    made.await.map(drop)
                })
                .await
                .unwrap();
            for _ in 0..2 {
                let error = insert().await.unwrap_err();
                assert!(matches!(error, StoreError::Taken("already_exists")));
                // A database in memory is gone with its connection.
                assert_eq!(cache.shared.idle().len(), 1);
                assert_eq!(select(&cache, "SELECT count(*) FROM t").await.unwrap(), 1);
            }
        });
    }

    #[test]
    fn too_many_at_once_wait_no_longer_than_they_may() {
        run(async {
            let cache = cache_with(Duration::from_millis(200)).await;
            let never = || cache.run(async |_| std::future::pending::<Result<(), _>>().await);
            let two = pin!(join(never(), never()));
            let third = pin!(select(&cache, "SELECT 1"));
            let Either::Right((third, _)) = future::select(two, third).await else {
                panic!("they never end");
            };
            assert!(matches!(
                third,
                Err(StoreError::Unavailable(Fault::Silent, _))
            ));
        });
    }
}
