//! Whether the path of the database still leads to the file that is open.
//!
//! A file that is removed, renamed or replaced can still be written by who has it open, and what is written is
//! gone with the last connection: a restore into a running service would end in answers of 201 for rows that
//! nobody finds again. SQLite does not look, with its write-ahead log. So each use of a connection looks before
//! its work, and again before the work counts: a `stat` each. The file that comes back to its place is used
//! again; another one in its place is not, until a start has looked at it.
//!
//! Controls: CC-02, ER-05

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// The path, and the file that it led to at the start.
pub struct Place {
    path: PathBuf,
    /// None: a database in memory.
    file: Option<(u64, u64)>,
}

/// The path leads elsewhere, or nowhere.
#[derive(Debug, thiserror::Error)]
#[error("the path of the database does not lead to the file that is open")]
struct Moved;

impl Place {
    pub fn of(path: &Path) -> Self {
        Self {
            file: identity(path),
            path: path.to_owned(),
        }
    }

    /// # Errors
    /// When the path does not lead to the file that is open.
    pub fn check(&self) -> Result<(), sqlx::Error> {
        if self.file.is_none() || self.file == identity(&self.path) {
            Ok(())
        } else {
            Err(sqlx::Error::Io(io::Error::other(Moved)))
        }
    }
}

/// Whether that is why a statement failed.
pub fn is_moved(error: &io::Error) -> bool {
    let cause = error.get_ref();
    cause.is_some_and(<dyn std::error::Error + Send + Sync>::is::<Moved>)
}

/// Which file it is, on which file system.
fn identity(path: &Path) -> Option<(u64, u64)> {
    let file = fs::metadata(path).ok()?;
    Some((file.dev(), file.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Fault, StoreError};

    fn fault(place: &Place) -> Option<Fault> {
        match place.check().map_err(StoreError::from) {
            Ok(()) => None,
            Err(StoreError::Unavailable(fault, _)) => Some(fault),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_file_that_is_removed_renamed_or_replaced_is_noticed_and_one_that_is_back_is_used() {
        let directory = tempfile::TempDir::new().unwrap();
        let (path, other) = (directory.path().join("app.db"), directory.path().join("b"));
        fs::write(&path, "").unwrap();
        let place = Place::of(&path);
        assert_eq!(fault(&place), None);
        fs::rename(&path, &other).unwrap();
        assert_eq!(fault(&place), Some(Fault::Moved));
        fs::write(&path, "").unwrap();
        assert_eq!(fault(&place), Some(Fault::Moved), "another file");
        fs::rename(&other, &path).unwrap();
        assert_eq!(fault(&place), None);
        fs::remove_file(&path).unwrap();
        assert_eq!(fault(&place), Some(Fault::Moved));
    }
}
