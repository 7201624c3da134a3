//! What a store can fail with, and what each failure means.
//!
//! An engine's codes mean something only together with the engine: PostgreSQL's `22021` (a NUL in a
//! text) has the same low byte as `SQLITE_BUSY`. So each engine has one function here, found by the
//! type of its error. The driver's words are for the log; a client gets none of them.
//!
//! Controls: ER-02

use std::fmt;

use sqlx::{
    error::{DatabaseError, ErrorKind},
    sqlite::SqliteError,
};

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

/// Why the database cannot be used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No answer, or no free connection in time.
    Silent,
    Locked,
    NotPermitted,
    ReadOnly,
    Full,
    Disk,
    CannotOpen,
    Memory,
}

impl fmt::Display for Fault {
    /// The meaning and the fix, to stand behind "the database".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Silent => {
                "does not answer in time: see database.max_connections and \
                 database.acquire_timeout_seconds"
            }
            Self::Locked => {
                "is locked: end the process or the transaction that holds its write lock"
            }
            Self::NotPermitted => {
                "may not be read and written by this user: give it the file and the file's directory, \
                 where SQLite keeps its -wal and -shm files"
            }
            Self::ReadOnly => {
                "cannot be written: make the file, its directory and the file system writable for \
                 this user, and take mode=ro and immutable out of database.url"
            }
            Self::Full => "has a full disk: make room",
            Self::Disk => "has a disk that cannot be read or written: look at the system's log",
            Self::CannotOpen => {
                "cannot be opened: look whether its files are there, for the permissions of their \
                 directory, and for the limit on open files"
            }
            Self::Memory => "has no memory left",
        })
    }
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

/// What SQLite says before the columns.
const SQLITE_UNIQUE: &str = "UNIQUE constraint failed: ";

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
            None => error.message().strip_prefix(SQLITE_UNIQUE) == Some(self.columns),
        }
    }
}

/// Whether the values of a statement broke a constraint: then the connection is as good as before.
pub(super) fn is_of_the_data(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(cause) if cause.kind() != ErrorKind::Other)
}

/// Why the database cannot be used now; nothing, when it refused this statement only.
pub(super) fn fault(error: &sqlx::Error) -> Option<Fault> {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Some(Fault::Silent),
        sqlx::Error::Database(error) => of_engine(&**error),
        _ => None,
    }
}

/// Asks the function of the engine that the error is of.
fn of_engine(error: &dyn DatabaseError) -> Option<Fault> {
    of_sqlite(sqlite_code(error.try_downcast_ref()?)?)
}

/// SQLite's extended result code.
pub(super) fn sqlite_code(error: &SqliteError) -> Option<i32> {
    error.code()?.parse().ok()
}

/// The primary result code is the low byte: <https://sqlite.org/rescode.html>.
fn of_sqlite(extended: i32) -> Option<Fault> {
    Some(match extended & 0xFF {
        3 => Fault::NotPermitted,    // SQLITE_PERM
        5 | 6 | 15 => Fault::Locked, // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL
        7 => Fault::Memory,          // SQLITE_NOMEM
        8 => Fault::ReadOnly,        // SQLITE_READONLY
        10 => Fault::Disk,           // SQLITE_IOERR
        13 => Fault::Full,           // SQLITE_FULL
        14 => Fault::CannotOpen,     // SQLITE_CANTOPEN
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
