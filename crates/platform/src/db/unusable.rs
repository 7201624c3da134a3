//! Why the service cannot start on its database: the path, the meaning and the fix.
//!
//! The driver says "(code: 14)"; an operator at night needs to know which file, what is wrong with it
//! and what to do. The file's name is shown, the URL is not: it may carry a password.

use std::{
    fmt,
    fs::{self, File},
    io,
    path::Path,
};

use sqlx::migrate::{MigrateError, Migrator};

use super::{error, fault::Fault, migrations::FIRST_OF_A_SERVICE};
use crate::files;

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the database {place} {why}")]
pub struct Unusable {
    /// The file, or the server and the name.
    place: String,
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
    /// The database lacks a migration, and this role may not apply it.
    Behind(i64),
    /// In production: the role owns tables, may make some, or passes row-level security.
    MayTooMuch,
    /// A migration, or the driver, fails in a way that has no words of ours.
    Other(Option<i64>, sqlx::Error),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => f.write_str("has no URL that can be read: write sqlite:PATH, or postgres://USER@HOST/NAME"),
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
                 migrations, or use another database"
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
            Self::Behind(migration) => write!(
                f,
                "lacks migration {migration}, and this role may not apply it: run `migrate` as the owner of \
                 the tables (database.migrate_url), then start again"
            ),
            Self::MayTooMuch => f.write_str(
                "gives this role more than it needs: in production database.url names a role that owns no \
                 table and is neither superuser nor BYPASSRLS, and `migrate` runs as another one \
                 (docs/database.md)",
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
        Self::at("of database.url", Why::Url)
    }

    pub(super) fn behind(place: &str, migration: i64) -> Self {
        Self::at(place, Why::Behind(migration))
    }

    pub(super) fn may_too_much(place: &str) -> Self {
        Self::at(place, Why::MayTooMuch)
    }

    /// What this error says, when the program has these migrations. `of_engine` reads an error of the engine, and
    /// the migration that failed with it.
    pub(super) fn migrated(
        place: impl fmt::Display,
        known: &Migrator,
        error: MigrateError,
        of_engine: impl FnOnce(Option<i64>, sqlx::Error) -> Self,
    ) -> Self {
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
            MigrateError::Execute(error) => return of_engine(None, error),
            MigrateError::ExecuteMigration(error, migration) => {
                return of_engine(Some(migration), error);
            }
            other => Why::Other(None, sqlx::Error::Migrate(Box::new(other))),
        };
        Self::at(place, why)
    }

    fn at(place: impl fmt::Display, why: Why) -> Self {
        Self {
            place: place.to_string(),
            why,
        }
    }
}

/// What an error says about the file at `path`.
pub(super) fn of_sqlite(path: &Path, migration: Option<i64>, error: sqlx::Error) -> Unusable {
    let why = match error::fault(&error) {
        Some(Fault::CannotOpen) => Why::cannot_open(path),
        Some(Fault::Damaged) => Why::NotADatabase,
        Some(fault) => Why::Fault(fault),
        None => Why::Other(migration, error),
    };
    Unusable::at(path.display(), why)
}

/// What an error says about a database of a server.
pub(super) fn of_postgres(place: &str, migration: Option<i64>, error: sqlx::Error) -> Unusable {
    let why = match error::fault(&error) {
        Some(fault) => Why::Fault(fault),
        None => Why::Other(migration, error),
    };
    Unusable::at(place, why)
}

impl Why {
    /// SQLite has one code for all of this; the file system tells more.
    fn cannot_open(path: &Path) -> Self {
        let there = fs::metadata(files::parent(path));
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
