//! The database: open, migrate, prove that it can be written. Queries live with their slice, in its
//! `sql.rs`.
//!
//! What differs between the engines is here, so that a slice's SQL is written once. A service that
//! starts on a database that it cannot write looks healthy and fails with the first change, so each
//! start writes to it.

mod connection_cache;
mod error;
mod statement;
mod unusable;

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection as _, Executor, SqliteConnection, SqlitePool,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

/// Connections to the database that is configured.
pub type Pool = SqlitePool;

/// One of them.
pub type Connection = SqliteConnection;

pub use connection_cache::{CacheMetrics, ConnectionCache, Ended};
pub use error::{Fault, StoreError, Unique};

/// Connections of a store to the database that is configured.
pub type Connections = ConnectionCache<sqlx::Sqlite>;

pub use statement::{Column, Native, Row, Statement, sql};
pub use unusable::Unusable;

/// What a statement can fail with, in the words of the engine. Outside of this room it becomes a [`StoreError`].
pub use sqlx::Error as EngineError;

use crate::config::Database;

/// The least number of a service's migration: a date of the year 1000.
pub const FIRST_OF_A_SERVICE: i64 = 10_000_101_000_000;

/// The platform's own tables.
static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");

/// The tables of a service, for each engine. Numbers are dates (`20260131120000_create_orders.sql`);
/// the platform's own count from 1 and stay below `FIRST_OF_A_SERVICE`, so that neither takes a number
/// of the other.
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    /// `sqlx::migrate!("migrations/sqlite")`.
    pub sqlite: &'static Migrator,
}

impl Migrations {
    /// No tables besides the platform's.
    pub const NONE: Self = Self {
        sqlite: &Migrator::DEFAULT,
    };
}

/// Opens the pool and checks that the database answers.
///
/// # Errors
/// When the URL is wrong or the database cannot be opened.
pub async fn connect(settings: &Database, data_dir: &Path) -> Result<SqlitePool, Unusable> {
    let options = options(settings, data_dir)?;
    let path = options.get_filename().to_owned();
    SqlitePoolOptions::new()
        .max_connections(settings.max_connections)
        .acquire_timeout(settings.acquire_timeout)
        // A ping before each query costs a third of a read; a broken connection fails its query and
        // is replaced.
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .map_err(|error| Unusable::opened(&path, error))
}

/// Brings the schema up to date, and proves that the database can be written. SQLite has no advisory
/// lock for the migrator to take, so the caller holds [`crate::data_dir::DataDir::lock`] meanwhile.
///
/// # Errors
/// When the database cannot be opened or written, a migration fails, or one that was applied has been
/// edited since.
pub async fn migrate(
    settings: &Database,
    data_dir: &Path,
    migrations: Migrations,
) -> Result<(), Unusable> {
    let options = options(settings, data_dir)?;
    let path = options.get_filename();
    let opened = |error| Unusable::opened(path, error);
    let mut connection = options.connect().await.map_err(opened)?;
    let all = SQLITE.iter().chain(migrations.sqlite.iter());
    let migrator = Migrator::with_migrations(all.cloned().collect());
    migrator
        .run(&mut connection)
        .await
        .map_err(|error| Unusable::migrated(path, &migrator, error))?;
    prove_writable(&mut connection).await.map_err(opened)?;
    connection.close().await.map_err(opened)
}

/// Writes the number that is there already, durably: SQLite opens a file that it may only read without
/// a word, and a transaction that is rolled back never reaches the disk.
async fn prove_writable(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let version: i32 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut *transaction)
        .await?;
    let again = AssertSqlSafe(format!("PRAGMA user_version = {version}"));
    transaction.execute(again).await?;
    transaction.commit().await
}

/// The file of the database.
///
/// # Errors
/// When its URL cannot be read.
pub fn file(settings: &Database, data_dir: &Path) -> Result<PathBuf, Unusable> {
    let options = options(settings, data_dir)?;
    Ok(options.get_filename().to_owned())
}

fn options(settings: &Database, data_dir: &Path) -> Result<SqliteConnectOptions, Unusable> {
    let options = if settings.url.is_empty() {
        SqliteConnectOptions::new().filename(data_dir.join("app.db"))
    } else {
        SqliteConnectOptions::from_str(&settings.url).map_err(|_| Unusable::url())?
    };
    Ok(options
        .create_if_missing(true)
        .foreign_keys(true)
        // Readers and one writer at a time, in several processes.
        .journal_mode(SqliteJournalMode::Wal)
        // An acknowledged change is on the disk, not only in the kernel.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(settings.busy_timeout))
}
