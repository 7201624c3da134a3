//! Whether a file may be believed: one rule for keys, certificates, key sets, settings and secrets.
//!
//! The rule is PostgreSQL's for its server key: a regular file of this user or of root, which nobody else
//! may write; a secret is read by nobody else either, but root may lend it to a group. Links are
//! followed, because Kubernetes mounts secrets as links; the rule judges the file that was opened, so
//! nobody can exchange it between the look and the reading.

use std::{
    fs::{File, Metadata},
    io::{self, Read},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use rustix::{
    fs::{Mode, OFlags},
    process::geteuid,
};
use secrecy::{ExposeSecret, SecretSlice, SecretString, zeroize::Zeroizing};

/// Largest file in bytes; a system's bundle of authorities has a quarter of this.
const MAX_BYTES: u64 = 1024 * 1024;
pub(super) const ROOT: u32 = 0;
const WRITABLE: u32 = 0o022;
const READABLE: u32 = 0o044;
const READABLE_BY_ALL: u32 = 0o004;

/// Whether other users may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrecy {
    Public,
    Secret,
}

/// A file or directory that is not used, and why. The text never holds any of its content.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {fault}")]
pub struct FileError {
    path: String,
    pub fault: Fault,
}

impl FileError {
    pub fn new(path: &Path, fault: impl Into<Fault>) -> Self {
        Self {
            path: path.display().to_string(),
            fault: fault.into(),
        }
    }
}

impl From<FileError> for io::Error {
    fn from(error: FileError) -> Self {
        Self::other(error)
    }
}

/// What is wrong with a file, and how to fix it.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("is not a regular file")]
    NotAFile,
    #[error("is a symbolic link, or no file: this service makes it itself; remove it")]
    NotOurs,
    #[error("is not a directory")]
    NotADirectory,
    #[error("belongs to user {owner}, who may change it: chown it to user {us} or to root")]
    Owner { owner: u32, us: u32 },
    #[error("belongs to user {owner}: name a directory that belongs to user {us}, or a new one")]
    DirectoryOwner { owner: u32, us: u32 },
    #[error("others may write it (mode {mode:04o}): chmod go-w")]
    Writable { mode: u32 },
    #[error(
        "others may read this secret (mode {mode:04o}): chmod 0600, or 0640 if it belongs to root"
    )]
    Readable { mode: u32 },
    #[error(
        "is shared with others (mode {mode:04o}): name a new directory, or one of your own that is \
         empty or has mode 0700"
    )]
    Shared { mode: u32 },
    #[error("is larger than {MAX_BYTES} bytes")]
    TooLarge,
    #[error("is not text in UTF-8")]
    NotText,
}

impl From<rustix::io::Errno> for Fault {
    fn from(error: rustix::io::Errno) -> Self {
        Self::Io(error.into())
    }
}

/// The bytes of a trusted file, without a byte order mark.
///
/// # Errors
/// When it cannot be read, is not to be trusted, or is larger than `MAX_BYTES`.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let read = content(path, Secrecy::Public);
    read.map(|bytes| bytes.expose_secret().to_vec())
}

/// The text of a trusted file, without a byte order mark.
///
/// # Errors
/// Those of [`read`], and when it is not UTF-8.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    String::from_utf8(read(path)?).map_err(|_| FileError::new(path, Fault::NotText))
}

/// The bytes of a file that others may not read.
///
/// # Errors
/// Those of [`read`], and when others may read it.
pub fn read_secret(path: &Path) -> Result<SecretSlice<u8>, FileError> {
    content(path, Secrecy::Secret)
}

/// The text of a file that others may not read.
///
/// # Errors
/// Those of [`read_secret`], and when it is not UTF-8.
pub fn read_secret_text(path: &Path) -> Result<SecretString, FileError> {
    let bytes = read_secret(path)?;
    let text = str::from_utf8(bytes.expose_secret());
    text.map(SecretString::from)
        .map_err(|_| FileError::new(path, Fault::NotText))
}

fn content(path: &Path, secrecy: Secrecy) -> Result<SecretSlice<u8>, FileError> {
    let read = || {
        let file = open(path, secrecy)?;
        let size = file.metadata()?.len().min(MAX_BYTES);
        // The whole size at once: a buffer that grows leaves a copy behind that nothing wipes.
        let mut bytes = Zeroizing::new(Vec::with_capacity(size.try_into().unwrap_or_default()));
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Fault::TooLarge);
        }
        Ok(without_mark(&bytes).to_vec().into())
    };
    read().map_err(|fault| FileError::new(path, fault))
}

/// The same judgement without reading.
///
/// # Errors
/// When the file cannot be opened or is not to be trusted.
pub fn check(path: &Path, secrecy: Secrecy) -> Result<(), FileError> {
    let opened = open(path, secrecy);
    opened
        .map(drop)
        .map_err(|fault| FileError::new(path, fault))
}

/// Text as editors on Windows write it begins with U+FEFF, which is none of the content.
#[must_use]
pub fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

fn open(path: &Path, secrecy: Secrecy) -> Result<File, Fault> {
    // Not blocking: a named pipe without a writer would hold the start up for ever.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let there = file.metadata()?;
    if !there.is_file() {
        return Err(Fault::NotAFile);
    }
    judge(there.uid(), mode(&there), secrecy, us())?;
    Ok(file)
}

/// The rule itself, for a regular file of `owner` with `mode`, read by the user `us`.
fn judge(owner: u32, mode: u32, secrecy: Secrecy, us: u32) -> Result<(), Fault> {
    if owner != us && owner != ROOT {
        return Err(Fault::Owner { owner, us });
    }
    if mode & WRITABLE != 0 {
        return Err(Fault::Writable { mode });
    }
    // Root lends a secret to a group on purpose: 0640 root:ssl-cert, or `fsGroup` in Kubernetes.
    let others = if owner == ROOT {
        READABLE_BY_ALL
    } else {
        READABLE
    };
    if secrecy == Secrecy::Secret && mode & others != 0 {
        return Err(Fault::Readable { mode });
    }
    Ok(())
}

pub(super) fn mode(there: &Metadata) -> u32 {
    there.permissions().mode() & 0o7777
}

/// The user that this process acts as.
pub(super) fn us() -> u32 {
    geteuid().as_raw()
}

#[cfg(test)]
mod tests {
    use super::{Secrecy::*, *};

    #[test]
    fn a_file_is_ours_or_roots_and_nobody_else_writes_it_or_reads_a_secret() {
        const US: u32 = 1000;
        const ANOTHER: u32 = 1001;
        let fault = |owner, mode, secrecy| match judge(owner, mode, secrecy, US) {
            Ok(()) => "trusted",
            Err(Fault::Owner { .. }) => "owner",
            Err(Fault::Writable { .. }) => "writable",
            Err(Fault::Readable { .. }) => "readable",
            Err(_) => "other",
        };
        for (owner, mode, public, secret) in [
            (US, 0o600, "trusted", "trusted"),
            (US, 0o400, "trusted", "trusted"),
            (US, 0o640, "trusted", "readable"),
            (US, 0o604, "trusted", "readable"),
            (US, 0o644, "trusted", "readable"),
            (US, 0o660, "writable", "writable"),
            (US, 0o602, "writable", "writable"),
            (ROOT, 0o400, "trusted", "trusted"),
            (ROOT, 0o440, "trusted", "trusted"),
            (ROOT, 0o640, "trusted", "trusted"),
            (ROOT, 0o444, "trusted", "readable"),
            (ROOT, 0o644, "trusted", "readable"),
            (ROOT, 0o660, "writable", "writable"),
            (ROOT, 0o666, "writable", "writable"),
            (ANOTHER, 0o600, "owner", "owner"),
            (ANOTHER, 0o444, "owner", "owner"),
        ] {
            let found = (fault(owner, mode, Public), fault(owner, mode, Secret));
            assert_eq!(found, (public, secret), "{owner} {mode:04o}");
        }
    }
}
