//! How this service makes files: for its owner only unless they are meant for others, never through a link, never
//! over a planted file.
//!
//! A draft that is opened where another file already is keeps that file's mode, and the hands that hold
//! it open; through a link it overwrites any file that we may write. So what is new is made new, and
//! what may be there already, a lock, is opened without following a link and judged by its handle. The
//! directory must be ours, or its other writers could exchange a file after that.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{Mode, OFlags, statvfs},
    io::Errno,
    process::umask,
};

use super::trust::{Fault, FileError, us};

const PRIVATE: u32 = 0o600;
const PUBLIC: u32 = 0o644;

/// From now on only its owner may use what this process makes, by whatever library.
pub fn private_by_default() {
    umask(Mode::RWXG | Mode::RWXO);
}

/// The bytes that may still be written where this file or directory is; none when it cannot be asked.
#[must_use]
pub fn free_bytes(path: &Path) -> Option<u64> {
    let system = statvfs(path).ok()?;
    system.f_bavail.checked_mul(system.f_frsize)
}

/// Writes a file that only this user may read (0600), whole or not at all, and durable. Its draft has
/// one name: of writers at the same time, each holds a lock that keeps out the others.
///
/// # Errors
/// As the file system says.
pub fn write_private(path: &Path, content: &[u8]) -> Result<(), FileError> {
    write(path, content, PRIVATE)
}

/// The same for a file that every user may read (0644).
///
/// # Errors
/// As the file system says.
pub fn write_public(path: &Path, content: &[u8]) -> Result<(), FileError> {
    write(path, content, PUBLIC)
}

fn write(path: &Path, content: &[u8], mode: u32) -> Result<(), FileError> {
    let write = || {
        let draft = draft(path);
        // What a crash left, or somebody put there; a link goes, not what it leads to.
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = create(&draft)?;
        file.write_all(content)?;
        if mode != PRIVATE {
            file.set_permissions(Permissions::from_mode(mode))?;
        }
        file.sync_all()?;
        fs::rename(&draft, path)?;
        // The new name is durable once its directory is.
        File::open(parent(path))?.sync_all()
    };
    write().map_err(|error| FileError::new(path, error))
}

/// `audit.key.draft`: each file has a draft of its own.
fn draft(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".draft");
    path.with_file_name(name)
}

/// The directory that a file is in.
#[must_use]
pub fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A new file for its owner only. What is there already, even a link that leads nowhere, is an error.
///
/// # Errors
/// As the file system says.
pub fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(PRIVATE)
        .open(path)
}

/// The file that a lock is taken on, made if it is not there. Its content is left alone.
///
/// # Errors
/// When it is a link, no regular file, or another user's.
pub fn open_lock(path: &Path) -> Result<File, FileError> {
    let open = || {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let flags = flags | OFlags::NOCTTY | OFlags::NONBLOCK;
        let file = match rustix::fs::open(path, flags, Mode::from_raw_mode(PRIVATE)) {
            Err(Errno::LOOP | Errno::ISDIR | Errno::NXIO) => return Err(Fault::NotOurs),
            file => File::from(file?),
        };
        let there = file.metadata()?;
        let (owner, us) = (there.uid(), us());
        if !there.is_file() {
            return Err(Fault::NotOurs);
        }
        if owner != us {
            return Err(Fault::Owner { owner, us });
        }
        file.set_permissions(Permissions::from_mode(PRIVATE))?;
        Ok(file)
    };
    open().map_err(|fault| FileError::new(path, fault))
}
