//! The journal is this process's alone: a directory that nobody else may write in, and two locks.
//!
//! The lock beside the journal is there while full files are renamed and new ones made; the one on the
//! file itself holds when somebody has removed the other.

use std::{
    fs::{File, TryLockError},
    io::{self, Read, Seek},
    path::Path,
    thread,
    time::Duration,
};

use super::open_error::OpenError;
use crate::{
    audit::file::{self, There},
    files::{self, Directory},
};

/// How long a process that is just ending has to let go of the journal.
const LOCK_TRIES: u32 = 40;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// How every line begins.
const FIRST: &[u8] = br#"{"seq":"#;

/// The directory, made if it is not there; ours, and closed to other writers. And the lock.
pub(super) fn prepare(path: &Path) -> Result<File, OpenError> {
    Directory::make(files::parent(path))?.closed_to_writers()?;
    let lock = files::open_lock(&path.with_extension("lock"))?;
    let locked = patiently(path, || match lock.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
        Err(TryLockError::Error(source)) => Err(source),
    });
    locked.map(|()| lock)
}

/// The current file, locked too: removing the other lock does not remove this one.
pub(super) fn current(path: &Path) -> Result<Option<File>, OpenError> {
    let shown = || path.display().to_string();
    let file = match patiently(path, || file::open(path))? {
        There::Nothing => return Ok(None),
        There::Other => return Err(OpenError::NotAFile { path: shown() }),
        There::Journal(file) => file,
    };
    // Never moved or cut: a file that is somebody else's, and was named by mistake.
    let mut begin = Vec::new();
    let clone = file.try_clone();
    let read = clone.and_then(|file| file.take(FIRST.len() as u64).read_to_end(&mut begin));
    read.and_then(|_| (&file).rewind())
        .map_err(|source| OpenError::File {
            path: shown(),
            source,
        })?;
    if FIRST.starts_with(&begin) {
        Ok(Some(file))
    } else {
        Err(OpenError::NotAJournal { path: shown() })
    }
}

/// Tries again while another process, that is just ending, has it.
fn patiently<T>(path: &Path, mut lock: impl FnMut() -> io::Result<T>) -> Result<T, OpenError> {
    let path = || path.display().to_string();
    for _ in 0..LOCK_TRIES {
        match lock() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(LOCK_PAUSE),
            Err(source) => {
                let path = path();
                return Err(OpenError::File { path, source });
            }
            Ok(locked) => return Ok(locked),
        }
    }
    Err(OpenError::Locked { path: path() })
}
