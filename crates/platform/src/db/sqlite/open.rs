//! Opens the file, brings its schema up to date, proves that it can be written.

use std::{
    fs::File,
    path::{Path, PathBuf},
    str::FromStr,
};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection as _, Executor, SqliteConnection, SqlitePool,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    config::Database,
    db::unusable::{self, Unusable},
    files,
};

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
        .map_err(|error| unusable::of_sqlite(&path, None, error))
}

/// Brings the schema up to date, and proves that the database can be written. One process at a time.
///
/// # Errors
/// When the database cannot be opened or written, a migration fails, or one that was applied has been
/// edited since.
pub async fn migrate(
    settings: &Database,
    data_dir: &Path,
    migrator: &Migrator,
) -> Result<(), Unusable> {
    let options = options(settings, data_dir)?;
    let path = options.get_filename();
    let _exclusive = lock(path);
    let opened = |error| unusable::of_sqlite(path, None, error);
    let mut connection = options.connect().await.map_err(opened)?;
    migrator.run(&mut connection).await.map_err(|error| {
        Unusable::migrated(path.display(), migrator, error, |migration, error| {
            unusable::of_sqlite(path, migration, error)
        })
    })?;
    prove_writable(&mut connection).await.map_err(opened)?;
    connection.close().await.map_err(opened)
}

/// Waits until no other process migrates this file; released when it is dropped. SQLite has no advisory lock for
/// the migrator to take. The lock is beside the file, because two services with data directories of their own may
/// share the file. Where none can be made SQLite cannot work either, and says why.
fn lock(path: &Path) -> Option<File> {
    if path.is_dir() {
        return None;
    }
    let mut name = path.as_os_str().to_owned();
    name.push("-lock");
    let file = files::open_lock(Path::new(&name)).ok()?;
    file.lock().ok()?;
    Some(file)
}

/// Writes the number that is there already, durably: SQLite opens a file that it may only read without
/// a word, and a transaction that is rolled back never reaches the disk.
///
/// # Errors
/// When it cannot be written.
pub async fn prove_writable(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
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
    let options = if settings.url().is_empty() {
        SqliteConnectOptions::new().filename(data_dir.join("app.db"))
    } else {
        SqliteConnectOptions::from_str(settings.url()).map_err(|_| Unusable::url())?
    };
    Ok(options
        .create_if_missing(true)
        .foreign_keys(true)
        // Readers and one writer at a time, in several processes.
        .journal_mode(SqliteJournalMode::Wal)
        // An acknowledged change is on the disk, not only in the kernel.
        .synchronous(SqliteSynchronous::Full)
        // A file for what does not fit into the cache would lie outside of the directories that this process writes in.
        .pragma("temp_store", "memory")
        .busy_timeout(settings.busy_timeout))
}
