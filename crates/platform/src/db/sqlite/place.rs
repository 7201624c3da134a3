//! Whether the path of the database still leads to the file that is open.
//!
//! A file that is removed, renamed or replaced can still be written by who has it open, and what is written is
//! gone with the last connection: a restore into a running service would end in answers of 201 for rows that
//! nobody finds again. SQLite does not look, with its write-ahead log. So each change looks before its work,
//! and again before the work counts: a `stat` each. A read acknowledges nothing: one look in a tenth of a second
//! is enough for all reads. The file that comes back to its place is used again; another one in its place is
//! not, until a start has looked at it.
//!
//! Controls: CC-02, ER-05

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// One look in this time is enough for all reads.
const A_WHILE: Duration = Duration::from_millis(100);

/// The path, and the file that it led to at the start.
pub struct Place {
    path: PathBuf,
    /// None: a database in memory.
    file: Option<(u64, u64)>,
    start: Instant,
    /// When it was last seen in its place, in milliseconds since the start.
    seen: AtomicU64,
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
            start: Instant::now(),
            seen: AtomicU64::default(),
        }
    }

    /// Whether it was so a while ago, which costs a look at the clock.
    ///
    /// # Errors
    /// As [`Place::check`].
    pub fn check_for_read(&self) -> Result<(), sqlx::Error> {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let seen = Duration::from_millis(now.saturating_sub(self.seen.load(Ordering::Relaxed)));
        if seen >= A_WHILE {
            self.check()?;
            self.seen.store(now, Ordering::Relaxed);
        }
        Ok(())
    }

    /// # Errors
    /// When the path does not lead to the file that is open.
    pub fn check(&self) -> Result<(), sqlx::Error> {
        if self.file.is_none() || self.file == identity(&self.path) {
            Ok(())
        } else {
            // The next read looks for itself.
            self.seen.store(0, Ordering::Relaxed);
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
        of(place.check())
    }

    fn of(checked: Result<(), sqlx::Error>) -> Option<Fault> {
        match checked.map_err(StoreError::from) {
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
    #[test]
    fn a_read_notices_it_after_a_while_and_goes_on_noticing() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("app.db");
        fs::write(&path, "").unwrap();
        let mut place = Place::of(&path);
        fs::remove_file(&path).unwrap();
        assert_eq!(of(place.check_for_read()), None, "it was there just now");
        place.start = place.start.checked_sub(A_WHILE).unwrap();
        for _ in 0..2 {
            assert_eq!(of(place.check_for_read()), Some(Fault::Moved));
        }
        fs::write(&path, "").unwrap();
        place = Place::of(&path);
        place.start = place.start.checked_sub(A_WHILE * 3).unwrap();
        assert_eq!(of(place.check_for_read()), None);
        assert!(place.seen.load(Ordering::Relaxed) >= 300);
    }
}
