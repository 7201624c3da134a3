//! The database: connect, migrate, ping. Queries live with their slice, in its `sql.rs`.
//!
//! One file for both engines-to-be: what differs between them is here, so that a slice's SQL is
//! written once.

mod error;
mod kept;

use std::{path::Path, str::FromStr};

use sqlx::{
    ConnectOptions, Connection, SqlitePool,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

pub use error::StoreError;
pub use kept::Kept;

use crate::config::Database;

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Opens the pool and checks that the database answers.
///
/// # Errors
/// When the URL is wrong or the database cannot be opened.
pub async fn connect(settings: &Database, data_dir: &Path) -> Result<SqlitePool, StoreError> {
    let pool = SqlitePoolOptions::new()
        .max_connections(settings.max_connections)
        .acquire_timeout(settings.acquire_timeout)
        // A ping before each query costs a third of a read; a broken connection fails its query and
        // is replaced.
        .test_before_acquire(false)
        .connect_with(options(settings, data_dir)?)
        .await?;
    Ok(pool)
}

/// Brings the schema up to date. SQLite has no advisory lock for the migrator to take, so the caller
/// holds [`crate::data_dir::DataDir::lock`] meanwhile.
///
/// # Errors
/// When a migration fails, or one that was applied has been edited since.
pub async fn migrate(settings: &Database, data_dir: &Path) -> Result<(), StoreError> {
    let mut connection = options(settings, data_dir)?.connect().await?;
    SQLITE_MIGRATIONS.run(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

fn options(settings: &Database, data_dir: &Path) -> Result<SqliteConnectOptions, StoreError> {
    let options = if settings.url.is_empty() {
        SqliteConnectOptions::new().filename(data_dir.join("app.db"))
    } else {
        SqliteConnectOptions::from_str(&settings.url)?
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
