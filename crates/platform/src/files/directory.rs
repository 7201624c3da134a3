//! The directories that this service writes in: its own, or others could exchange what it made.
//!
//! A directory is judged, never taken: to set our mode on `/tmp` or on a home directory would break the
//! machine for everybody else.

use std::{
    fs::{self, DirBuilder, File, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{Mode, OFlags},
    io::Errno,
};

use super::trust::{Fault, FileError, mode, us};

const PRIVATE: u32 = 0o700;
const STICKY: u32 = 0o1000;
const OTHERS: u32 = 0o077;
const OTHERS_WRITE: u32 = 0o022;
const ALL_WRITE: u32 = 0o002;

/// A directory that belongs to this user.
pub struct Directory {
    path: PathBuf,
    handle: File,
    mode: u32,
}

impl Directory {
    /// Opens `path`, and makes it (0700) if it is not there.
    ///
    /// # Errors
    /// When it cannot be made or opened, or belongs to another user.
    pub fn make(path: &Path) -> Result<Self, FileError> {
        let mut builder = DirBuilder::new();
        let made = builder.recursive(true).mode(PRIVATE).create(path);
        let opened = made.map_err(Fault::from).and_then(|()| Self::open(path));
        opened.map_err(|fault| FileError::new(path, fault))
    }

    /// Opens `path` if something is there.
    ///
    /// # Errors
    /// When it cannot be opened, or belongs to another user.
    pub fn existing(path: &Path) -> Result<Option<Self>, FileError> {
        match Self::open(path) {
            Err(Fault::Io(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(fault) => Err(FileError::new(path, fault)),
            Ok(directory) => Ok(Some(directory)),
        }
    }

    fn open(path: &Path) -> Result<Self, Fault> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = match rustix::fs::open(path, flags, Mode::empty()) {
            Err(Errno::NOTDIR) => return Err(Fault::NotADirectory),
            opened => File::from(opened?),
        };
        let there = handle.metadata()?;
        let (owner, us) = (there.uid(), us());
        if owner != us {
            return Err(Fault::DirectoryOwner { owner, us });
        }
        Ok(Self {
            path: path.to_owned(),
            handle,
            mode: mode(&there),
        })
    }

    fn refuse<T>(&self, fault: impl Into<Fault>) -> Result<T, FileError> {
        Err(FileError::new(&self.path, fault))
    }

    /// Refuses a directory that others may put files in. A sticky one is no exception: others cannot
    /// move our files there, but they can plant theirs.
    ///
    /// # Errors
    /// When others may write in it.
    pub fn closed_to_writers(self) -> Result<Self, FileError> {
        match self.mode {
            mode if mode & OTHERS_WRITE != 0 => self.refuse(Fault::Writable { mode }),
            _ => Ok(self),
        }
    }

    /// Refuses a directory that others use too. One that others may enter is still this service's when
    /// it is empty, or holds our file `mark` and only a group could have written in it: container
    /// platforms hand out and reopen volumes like that.
    ///
    /// # Errors
    /// When it is not this service's alone.
    pub fn alone(self, mark: &str) -> Result<Self, FileError> {
        let mode = self.mode;
        if mode & OTHERS == 0 {
            return Ok(self);
        }
        let is_ours = |file: fs::Metadata| file.is_file() && file.uid() == us();
        let marked = fs::symlink_metadata(self.path.join(mark)).is_ok_and(is_ours);
        let empty = fs::read_dir(&self.path).is_ok_and(|mut entries| entries.next().is_none());
        if mode & STICKY == 0 && (empty || (marked && mode & ALL_WRITE == 0)) {
            Ok(self)
        } else {
            self.refuse(Fault::Shared { mode })
        }
    }

    /// Waits until no other process has this lock, and keeps it while `self` lives.
    ///
    /// # Errors
    /// As the file system says.
    pub fn lock(&self) -> Result<(), FileError> {
        self.handle.lock().or_else(|error| self.refuse(error))
    }

    /// Closes it to everybody else (0700).
    ///
    /// # Errors
    /// As the file system says.
    pub fn close(&self) -> Result<(), FileError> {
        if self.mode & OTHERS == 0 {
            return Ok(());
        }
        let closed = self.handle.set_permissions(Permissions::from_mode(PRIVATE));
        closed.or_else(|error| self.refuse(error))
    }
}
