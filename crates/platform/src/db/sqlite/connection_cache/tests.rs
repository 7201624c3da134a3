//! Who waits, what is kept, and what a failed statement leaves behind.

use std::{pin::pin, time::Duration};

use futures_util::future::{self, Either, join, join_all};
use sqlx::{Executor, sqlite::SqlitePoolOptions};

use super::*;
use crate::db::{Fault, StoreError};

/// Two connections, which a caller waits for no longer than `patience`.
async fn cache_with(patience: Duration) -> ConnectionCache {
    let options = SqlitePoolOptions::new().max_connections(2);
    let options = options.acquire_timeout(patience);
    ConnectionCache::new(options.connect("sqlite::memory:").await.unwrap())
}

/// On a busy machine fifty callers take long for their turns.
async fn cache() -> ConnectionCache {
    cache_with(Duration::from_secs(20)).await
}

async fn select(cache: &ConnectionCache, what: &'static str) -> Result<i64, EngineError> {
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
        assert!((1..=2).contains(&cache.idle().len()));
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
        assert_eq!(cache.idle().len(), 0);
        assert_eq!(select(&cache, "SELECT 1").await.unwrap(), 1);
        assert_eq!(cache.idle().len(), 1);
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
            let error = StoreError::from(insert().await.unwrap_err());
            assert!(matches!(error, StoreError::Taken("already_exists")));
            // A database in memory is gone with its connection.
            assert_eq!(cache.idle().len(), 1);
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
            third.map_err(StoreError::from),
            Err(StoreError::Unavailable(Fault::Silent, _))
        ));
    });
}
