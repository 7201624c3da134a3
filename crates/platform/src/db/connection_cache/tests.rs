//! Who waits, what is kept, what a failed statement leaves behind, and whose connection is taken.

use std::{pin::pin, time::Duration};

use futures_util::future::{self, Either, join, join_all};
use sqlx::{Executor, Sqlite, SqliteConnection, sqlite::SqlitePoolOptions};

use super::*;
use crate::db::{Fault, StoreError};

type Cache = Arc<ConnectionCache<Sqlite>>;

/// Two connections.
fn options() -> SqlitePoolOptions {
    // On a busy machine fifty callers take long for their turns.
    let patience = Duration::from_secs(20);
    SqlitePoolOptions::new()
        .max_connections(2)
        .acquire_timeout(patience)
}

async fn pool(options: SqlitePoolOptions) -> sqlx::SqlitePool {
    options.connect("sqlite::memory:").await.unwrap()
}

async fn cache() -> Cache {
    Arc::new(ConnectionCache::of_all(pool(options()).await))
}

async fn using<T>(
    cache: &Cache,
    work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    let use_of_one = async |connection: &mut SqliteConnection, (): &mut ()| work(connection).await;
    cache.run(|| Ok(()), use_of_one).await
}

async fn select(cache: &Cache, what: &'static str) -> Result<i64, EngineError> {
    using(cache, async |connection| {
        sqlx::query_scalar(what).fetch_one(connection).await
    })
    .await
}

/// A use that does not end.
async fn endless(cache: &Cache) -> Result<(), EngineError> {
    using(cache, async |_| std::future::pending().await).await
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
        let abandoned = tokio::time::timeout(Duration::from_millis(1), endless(&cache)).await;
        assert!(abandoned.is_err());
        assert_eq!(cache.idle().len(), 0);
        assert_eq!(select(&cache, "SELECT 1").await.unwrap(), 1);
        assert_eq!(cache.idle().len(), 1);
    });
}

#[test]
fn an_abandoned_connection_of_a_worker_is_kept_when_it_answers() {
    run(async {
        let cache = Arc::new(ConnectionCache::of_workers(pool(options()).await));
        let abandoned = async {
            using(&cache, async |connection| {
                let mut transaction = connection.begin().await?;
                transaction.execute("CREATE TABLE t (a)").await?;
                std::future::pending::<Result<(), _>>().await
            })
            .await
        };
        let abandoned = tokio::time::timeout(Duration::from_millis(200), abandoned).await;
        assert!(abandoned.is_err());
        while cache.metrics().busy > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(cache.idle().len(), 1);
        // Nothing of the transaction has happened.
        assert!(select(&cache, "SELECT a FROM t").await.is_err());
    });
}

#[test]
fn an_abandoned_connection_that_does_not_answer_gives_its_slot_back() {
    run(async {
        let directory = tempfile::tempdir().unwrap();
        let file = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(directory.path().join("database"))
            .create_if_missing(true)
            .busy_timeout(Duration::from_secs(20));
        let options = options().acquire_timeout(Duration::from_millis(300));
        let pool = options.connect_with(file).await.unwrap();
        // Another one that wants to write waits for this one.
        let mut writer = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        writer.execute("CREATE TABLE t (a)").await.unwrap();
        let cache = Arc::new(ConnectionCache::of_workers(pool));
        let hangs = using(&cache, async |connection| {
            connection.execute("BEGIN IMMEDIATE").await.map(drop)
        });
        let abandoned = tokio::time::timeout(Duration::from_millis(200), hangs).await;
        assert!(abandoned.is_err());
        assert_eq!(cache.metrics().busy, 1);
        while cache.metrics().busy > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(cache.idle().len(), 0);
        writer.rollback().await.unwrap();
    });
}

#[test]
fn values_that_break_a_constraint_leave_a_connection_without_an_open_transaction() {
    run(async {
        let cache = cache().await;
        using(&cache, async |connection| {
            let made = connection.execute("CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (2)");
            made.await.map(drop)
        })
        .await
        .unwrap();
        for _ in 0..2 {
            let inserted = using(&cache, async |connection| {
                let mut transaction = connection.begin().await?;
                transaction.execute("INSERT INTO t VALUES (1)").await?;
                transaction.execute("INSERT INTO t VALUES (2)").await?;
                transaction.commit().await
            });
            let error = StoreError::from(inserted.await.unwrap_err());
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
        let options = options().acquire_timeout(Duration::from_millis(200));
        let cache = Arc::new(ConnectionCache::of_all(pool(options).await));
        let two = pin!(join(endless(&cache), endless(&cache)));
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

/// A temporary table belongs to its connection, so its row says which one that is.
async fn marked(cache: &Cache, mark: &'static str) {
    let mark = async |connection: &mut SqliteConnection| connection.execute(mark).await.map(drop);
    using(cache, mark).await.unwrap();
}

#[test]
fn a_worker_takes_the_connection_that_it_made_and_another_one_only_when_there_may_be_no_more() {
    let cache = Arc::new(std::sync::OnceLock::new());
    let here = cache.clone();
    run(async {
        let made = Arc::new(ConnectionCache::of_workers(pool(options()).await));
        marked(&made, "CREATE TEMP TABLE t AS SELECT 1 AS a").await;
        here.set(made).ok().unwrap();
    });
    let there = cache.clone();
    let other = thread::spawn(move || {
        run(async {
            let cache = there.get().unwrap();
            marked(cache, "CREATE TEMP TABLE t AS SELECT 2 AS a").await;
            assert_eq!(cache.idle().len(), 2);
            let both = using(cache, async |own| {
                let own: i64 = sqlx::query_scalar("SELECT a FROM t").fetch_one(own).await?;
                Ok((own, select(cache, "SELECT a FROM t").await?))
            });
            assert_eq!(both.await.unwrap(), (2, 1));
        });
    });
    other.join().unwrap();
    run(async {
        let cache = cache.get().unwrap();
        assert_eq!(select(cache, "SELECT a FROM t").await.unwrap(), 1);
    });
}

#[test]
fn a_connection_that_is_old_or_unused_for_long_is_closed() {
    run(async {
        let now = Some(Duration::ZERO);
        for (options, kept) in [
            (options(), 1),
            (options().idle_timeout(now), 0),
            (options().max_lifetime(now), 0),
        ] {
            let cache = Arc::new(ConnectionCache::of_all(pool(options).await));
            select(&cache, "SELECT 1").await.unwrap();
            cache.close_old().await;
            assert_eq!(cache.idle().len(), kept);
        }
    });
}
