//! What a store can fail with, and what each failure means.
//!
//! An engine's codes mean something only together with the engine: PostgreSQL's `22021` (a NUL in a
//! text) has the same low byte as `SQLITE_BUSY`. So each engine has a file `fault.rs`, found by the
//! type of its error. The driver's words are for the log; a client gets none of them.
//!
//! Controls: ER-02

use std::io;

use sqlx::error::{DatabaseError, ErrorKind};

use super::{fault::Fault, postgres, sqlite};

/// What a statement can fail with, in the words of the engine. Outside of this room it becomes a
/// [`StoreError`].
pub use sqlx::Error as EngineError;

/// A failure of the database. Its words are for the log.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot do it now: trying again later makes sense.
    #[error("the database {0}")]
    Unavailable(Fault, #[source] sqlx::Error),
    /// A unique constraint refused the change. The code is the slice's name for that constraint.
    #[error("a unique constraint refused the change: {0}")]
    Taken(&'static str),
    /// The database refused a statement: a defect of ours.
    #[error("the database refused a statement")]
    Failed(#[source] sqlx::Error),
    /// A row breaks a rule of the domain: it was written past this service.
    #[error("a stored row is not valid: {0}")]
    Corrupt(&'static str),
}

/// A unique constraint of a slice's tables, and what a violation is called.
#[derive(Debug, Clone, Copy)]
pub struct Unique {
    /// The constraint's name: PostgreSQL reports it.
    pub constraint: &'static str,
    /// Its columns, as SQLite reports them: `table.column, table.column`.
    pub columns: &'static str,
    /// The `code` of the 409.
    pub code: &'static str,
}

/// The code of a violation that no slice has named. It is a 409 all the same.
const UNNAMED: &str = "already_exists";

impl StoreError {
    /// What a failed statement means, for a store with these unique constraints.
    pub(super) fn of(error: sqlx::Error, unique: &[Unique]) -> Self {
        match &error {
            sqlx::Error::Database(cause) if cause.is_unique_violation() => {
                let known = unique.iter().find(|known| known.is(&**cause));
                Self::Taken(known.map_or(UNNAMED, |known| known.code))
            }
            _ => match fault(&error) {
                Some(fault) => Self::Unavailable(fault, error),
                None => Self::Failed(error),
            },
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::of(error, &[])
    }
}

impl Unique {
    fn is(&self, error: &dyn DatabaseError) -> bool {
        match error.constraint() {
            Some(name) => name == self.constraint,
            None => sqlite::columns_of_unique(error) == Some(self.columns),
        }
    }
}

/// Whether the connection is as good as before: the values of a statement broke a constraint, or PostgreSQL refused a
/// statement and did not hang up.
pub(super) fn keeps_the_connection(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else {
        return false;
    };
    error.kind() != ErrorKind::Other || postgres::goes_on(&**error)
}

/// Whether the transaction lost against another one, so that it may succeed when it is tried again.
pub(super) fn is_conflict(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else {
        return false;
    };
    sqlite::is_conflict(&**error) || postgres::is_conflict(&**error)
}

/// Why the database cannot be used now; nothing, when it refused this statement only.
pub(super) fn fault(error: &sqlx::Error) -> Option<Fault> {
    match error {
        sqlx::Error::Io(error) if sqlite::is_moved(error) => Some(Fault::Moved),
        // So the driver tells of a certificate that is not believed.
        sqlx::Error::Io(cause) if cause.kind() == io::ErrorKind::InvalidData => Some(Fault::Tls),
        // Something between here and the server may hang up in the middle of a word.
        sqlx::Error::Io(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Some(Fault::Silent),
        sqlx::Error::Tls(_) => Some(Fault::Tls),
        sqlx::Error::Database(error) => {
            sqlite::fault(&**error).or_else(|| postgres::fault(&**error))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
