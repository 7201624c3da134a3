//! What a use of the database costs, and what one that fails in the middle leaves behind: nothing.
//!
//! Controls: ER-03

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use sqlx::sqlite::SqliteConnectOptions;

use super::*;
use crate::{config, db::sql};

/// Each handler that reads or changes rows carries such a future about.
#[tokio::test]
async fn what_a_handler_waits_for_is_small() {
    let pool = SqlitePool::connect_lazy("sqlite::memory:").unwrap();
    let connections = Connections::of_sqlite(pool);
    let scope = Scope::Nobody;
    let read = connections.fetch_optional(scope, sql("SELECT 1"));
    assert!(size_of_val(&read) < 2048, "{}", size_of_val(&read));
    let work = async |connection: &mut Connection<'_>| {
        sql("SELECT 1").execute(connection).await.map(Ended::Commit)
    };
    let change = connections.transaction(scope, work);
    assert!(size_of_val(&change) < 3072, "{}", size_of_val(&change));
}

/// It is made for each use, and moved to the heap.
#[tokio::test]
async fn what_waits_for_postgresql_is_small_too() {
    let pool = sqlx::PgPool::connect_lazy("postgres://localhost/none").unwrap();
    let settings = config::load(&config::Sources::default(), &[]).unwrap();
    let pool = postgres::Pool::new(pool, &settings.database);
    let statement = sql("SELECT 1");
    let read = pool.fetch_optional(Scope::Nobody, &statement);
    assert!(size_of_val(&read) < 2048, "{}", size_of_val(&read));
}

/// In a file: what a connection to memory has not committed ends with the connection.
#[tokio::test]
async fn of_work_that_panics_nothing_is_left() {
    const INSERT: &str = "INSERT INTO things VALUES (1)";
    let directory = tempfile::tempdir().unwrap();
    let file = SqliteConnectOptions::new().filename(directory.path().join("data.db"));
    let pool = SqlitePool::connect_lazy_with(file.create_if_missing(true));
    let connections = Connections::of_sqlite(pool);
    let scope = Scope::Nobody;
    let change = async |text| connections.execute(scope, sql(text)).await.unwrap();
    let rows = async || {
        let rows = connections.fetch_all(scope, sql("SELECT id FROM things"));
        rows.await.unwrap().len()
    };
    change("CREATE TABLE things (id INTEGER)").await;
    let work = async |connection: &mut Connection<'_>| -> Result<Ended<()>, EngineError> {
        assert_eq!(sql(INSERT).execute(connection).await?, 1);
        panic!("in the middle")
    };
    let panics = AssertUnwindSafe(connections.transaction(scope, work)).catch_unwind();
    assert!(panics.await.is_err());
    assert_eq!(rows().await, 0);
    change(INSERT).await;
    assert_eq!(rows().await, 1);
}

#[test]
fn pauses_grow_and_differ() {
    for attempt in 1..ATTEMPTS {
        let least = PAUSE * 2_u32.pow(attempt - 1) / 2;
        let pauses: Vec<_> = (0..50).map(|_| pause(attempt)).collect();
        assert!(
            pauses
                .iter()
                .all(|pause| (least..least * 3).contains(pause))
        );
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }
}
