//! Why the service cannot start on its database: the path, the meaning and the fix.
//!
//! The driver says "(code: 14)"; an operator at night needs to know which file, what is wrong with it
//! and what to do. The file's name is shown, the URL is not: it may carry a password.

use std::{
    fmt,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use sqlx::{
    migrate::{MigrateError, Migrator},
    sqlite::SqliteError,
};

use super::{
    FIRST_OF_A_SERVICE,
    error::{self, Fault},
};

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the database {path} {why}", path = path.display())]
pub struct Unusable {
    path: PathBuf,
    why: Why,
}

#[derive(Debug)]
enum Why {
    Url,
    NoDirectory,
    NotAFile,
    NotADatabase,
    Fault(Fault),
    /// A migration that was applied is not in this program; its number, and our last one.
    Unknown(i64, i64),
    Changed(i64),
    HalfApplied(i64),
    /// A migration, or the driver, fails in a way that has no words of ours.
    Other(Option<i64>, sqlx::Error),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => f.write_str("has no URL of SQLite: write sqlite:PATH"),
            Self::NoDirectory => f.write_str(
                "has no directory: make it, or set APP_DATABASE__URL to another path",
            ),
            Self::NotAFile => f.write_str(
                "is not a regular file: set APP_DATABASE__URL to the path of a file",
            ),
            Self::NotADatabase => f.write_str(
                "is not a SQLite database, or is damaged: set APP_DATABASE__URL to another path, or \
                 restore a backup (docs/backup.md)",
            ),
            Self::Fault(fault) => fault.fmt(f),
            Self::Unknown(migration, last) if migration > last => write!(
                f,
                "was migrated by a newer version of this program (migration {migration}; this \
                 program knows {last}): start that version, or restore a backup from before it \
                 (docs/backup.md)"
            ),
            Self::Unknown(migration, _) => write!(
                f,
                "has migration {migration}, and this program does not: put its file back into \
                 migrations/sqlite, or use another database"
            ),
            Self::Changed(migration) => write!(
                f,
                "has migration {migration} as it was before its file was changed: put the file back, \
                 and write the change as a new migration"
            ),
            Self::HalfApplied(migration) => write!(
                f,
                "has half of migration {migration}: restore a backup (docs/backup.md)"
            ),
            Self::Other(None, cause) => write!(f, "cannot be used: {cause}"),
            Self::Other(Some(migration), cause) => {
                write!(f, "does not take migration {migration}: {cause}")
            }
        }
    }
}

impl Unusable {
    pub(super) fn url() -> Self {
        Self {
            path: PathBuf::from("of database.url"),
            why: Why::Url,
        }
    }

    /// What this error says about the database at `path`.
    pub(super) fn opened(path: &Path, error: sqlx::Error) -> Self {
        Self {
            path: path.to_owned(),
            why: Why::of(path, None, error),
        }
    }

    /// What this error says, when the program has these migrations.
    pub(super) fn migrated(path: &Path, known: &Migrator, error: MigrateError) -> Self {
        let why = match error {
            MigrateError::VersionMissing(migration) => {
                // Platform and service count for themselves.
                let kind = |number: i64| number < FIRST_OF_A_SERVICE;
                let known = known.iter().map(|known| known.version);
                let last = known.filter(|known| kind(*known) == kind(migration)).max();
                Why::Unknown(migration, last.unwrap_or_default())
            }
            MigrateError::VersionMismatch(migration) => Why::Changed(migration),
            MigrateError::Dirty(migration) => Why::HalfApplied(migration),
            MigrateError::Execute(error) => Why::of(path, None, error),
            MigrateError::ExecuteMigration(error, migration) => {
                Why::of(path, Some(migration), error)
            }
            other => Why::Other(None, sqlx::Error::Migrate(Box::new(other))),
        };
        Self {
            path: path.to_owned(),
            why,
        }
    }
}

impl Why {
    fn of(path: &Path, migration: Option<i64>, error: sqlx::Error) -> Self {
        match error::fault(&error) {
            Some(Fault::CannotOpen) => Self::cannot_open(path),
            Some(fault) => Self::Fault(fault),
            None if is_not_a_database(&error) => Self::NotADatabase,
            None => Self::Other(migration, error),
        }
    }

    /// SQLite has one code for all of this; the file system tells more.
    fn cannot_open(path: &Path) -> Self {
        let directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let there = fs::metadata(directory.unwrap_or(Path::new(".")));
        if there.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return Self::NoDirectory;
        }
        if fs::metadata(path).is_ok_and(|file| !file.is_file()) {
            return Self::NotAFile;
        }
        match File::options().read(true).write(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => {
                Self::Fault(Fault::ReadOnly)
            }
            // Its directory may be closed too: SQLite makes files there.
            Err(error) if error.kind() != io::ErrorKind::PermissionDenied => {
                Self::Fault(Fault::CannotOpen)
            }
            _ => Self::Fault(Fault::NotPermitted),
        }
    }
}

/// `SQLITE_NOTADB` or `SQLITE_CORRUPT`.
fn is_not_a_database(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else {
        return false;
    };
    let sqlite = error.try_downcast_ref::<SqliteError>();
    let code = sqlite.and_then(error::sqlite_code);
    matches!(code.map(|code| code & 0xFF), Some(11 | 26))
}
