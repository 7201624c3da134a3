//! The database: open, migrate, prove that it can be written. Queries live with their slice, in its
//! `sql.rs`.
//!
//! What differs between the engines is here, so that a slice's SQL is written once. A service that
//! starts on a database that it cannot write looks healthy and fails with the first change, so each
//! start writes to it.

mod availability;
mod connection;
mod connection_cache;
mod connections;
mod error;
mod fault;
mod migrations;
mod notifications;
mod postgres;
mod scope;
pub mod sqlite;
mod statement;
mod unusable;
mod value;

use std::path::{Path, PathBuf};

pub use connection::{Connection, ConnectionMetrics, Ended};
pub use connections::Connections;
pub use error::{EngineError, StoreError, Unique};
pub use fault::Fault;
pub use migrations::{FIRST_OF_A_SERVICE, Migrations};
pub use notifications::{Heard, changed};
pub use scope::Scope;
pub use statement::{Column, Native, Row, Statement, sql, sql_of_each};
pub use unusable::Unusable;
pub use value::Value;

use crate::config::{Database, Profile, Settings};

/// Opens connections and checks that the database answers.
///
/// # Errors
/// When the URL is wrong or the database cannot be opened.
pub async fn connect(settings: &Database, data_dir: &Path) -> Result<Connections, Unusable> {
    if settings.is_postgres() {
        let (pool, heard) = postgres::connect(settings).await?;
        let pool = postgres::Pool::new(pool, settings);
        Ok(Connections::of_postgres(pool, heard))
    } else {
        Ok(Connections::of_sqlite(
            sqlite::connect(settings, data_dir).await?,
        ))
    }
}

/// Brings the schema up to date: the command `migrate`. On PostgreSQL, as the owner of the tables.
///
/// # Errors
/// When the database cannot be opened or written, a migration fails, or one that was applied has been
/// edited since.
pub async fn migrate(
    settings: &Database,
    data_dir: &Path,
    migrations: Migrations,
) -> Result<(), Unusable> {
    if settings.is_postgres() {
        postgres::migrate(settings, &migrations.all(|of| of.postgres)).await
    } else {
        sqlite::migrate(settings, data_dir, &migrations.all(|of| of.sqlite)).await
    }
}

/// Makes sure, before the service starts, that the schema is this program's and can be written.
///
/// # Errors
/// As [`migrate`].
pub async fn prepare(
    settings: &Settings,
    data_dir: &Path,
    migrations: Migrations,
) -> Result<(), Unusable> {
    let database = &settings.database;
    if database.is_postgres() {
        let in_production = settings.profile == Profile::Production;
        postgres::prepare(database, &migrations.all(|of| of.postgres), in_production).await
    } else {
        migrate(database, data_dir, migrations).await
    }
}

/// The file of the database, where it is one.
///
/// # Errors
/// When its URL cannot be read.
pub fn file(settings: &Database, data_dir: &Path) -> Result<Option<PathBuf>, Unusable> {
    if settings.is_postgres() {
        postgres::options(settings.url(), settings).map(|_| None)
    } else {
        sqlite::file(settings, data_dir).map(Some)
    }
}
