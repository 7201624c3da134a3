//! The journal's file: append-only, for its owner only, written by one process.
//!
//! After a failed fsync the kernel may call pages clean that never reached the disk, so asking again
//! proves nothing ("fsyncgate"). [`FileSink::repair`] goes back to the last line that an fsync vouched
//! for and writes its page once more. A file that was cut, extended, replaced or deleted beside us is
//! noticed before the next line, not at the next audit.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Seek, SeekFrom, Write},
    os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::{
    chain::{ChainHead, Hash},
    line::MAX_LINE,
    names::{head_file, set_aside, sync_directory},
    reason::Reason,
    sink::Sink,
};
use crate::files;

#[cfg(test)]
mod tests;

/// What a disk writes at once, at least: the last lines share it with the first unconfirmed one.
const PAGE: u64 = 4096;

/// What is at the journal's path.
pub(super) enum There {
    Nothing,
    /// Opened to be written, and locked.
    Journal(File),
    /// No regular file: a link that leads elsewhere, a directory.
    Other,
}

/// Opens and locks what is at `path`. Links are not followed: they could lead to any file.
///
/// # Errors
/// When it cannot be opened; [`io::ErrorKind::WouldBlock`] when another process has locked it.
pub(super) fn open(path: &Path) -> io::Result<There> {
    let named = match fs::symlink_metadata(path) {
        Ok(named) if !named.is_file() => return Ok(There::Other),
        Ok(named) => named,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(There::Nothing),
        Err(error) => return Err(error),
    };
    let file = appending().open(path)?;
    if !is_same(&file.metadata()?, &named) {
        return Ok(There::Other);
    }
    lock(&file)?;
    Ok(There::Journal(file))
}

fn lock(file: &File) -> io::Result<()> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => io::ErrorKind::WouldBlock.into(),
        TryLockError::Error(error) => error,
    })
}

fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// A journal file and the files beside it: `audit.jsonl`, and `audit-<last number>.jsonl` once full.
pub(super) struct FileSink {
    path: PathBuf,
    max_bytes: u64,
    /// Held as long as this process may write.
    _lock: File,
    file: Option<File>,
    written: u64,
    durable: u64,
    /// What was to follow the durable end, written or not: only this may be cut off again.
    tail: Vec<u8>,
    /// What was found at the path and is not on record, because there is no new file yet.
    found: Option<Reason>,
}

impl FileSink {
    /// Goes on at the end of `current`, which [`super::start`] has checked; makes `path` without it.
    pub(super) fn open(
        path: &Path,
        max_bytes: u64,
        lock: File,
        current: Option<File>,
    ) -> io::Result<Self> {
        let mut sink = Self {
            path: path.to_owned(),
            max_bytes,
            _lock: lock,
            file: None,
            written: 0,
            durable: 0,
            tail: Vec::new(),
            found: None,
        };
        match current {
            Some(file) => sink.adopt(file)?,
            None => sink.create()?,
        }
        Ok(sink)
    }

    fn adopt(&mut self, file: File) -> io::Result<()> {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        self.written = file.metadata()?.len();
        self.durable = self.written;
        self.tail.clear();
        self.file = Some(file);
        Ok(())
    }

    fn create(&mut self) -> io::Result<()> {
        let file = appending().create_new(true).mode(0o600).open(&self.path)?;
        lock(&file)?;
        sync_directory(&self.path)?;
        self.adopt(file)
    }

    /// The open file, if it is still the one at the path and nobody else has written to it.
    fn untouched(&self) -> io::Result<()> {
        let Some(file) = &self.file else {
            return Err(io::Error::other("the journal is not open"));
        };
        let (open, there) = (file.metadata()?, fs::symlink_metadata(&self.path)?);
        if is_same(&open, &there) && open.len() == self.written {
            Ok(())
        } else {
            Err(io::Error::other("somebody else changed the journal"))
        }
    }

    /// Renames the file away, never over another.
    fn set_aside(&mut self, head: ChainHead) -> io::Result<()> {
        self.file = None;
        set_aside(&self.path, head)?;
        self.written = 0;
        self.durable = 0;
        self.tail.clear();
        Ok(())
    }

    /// What is at the path, as far as it is durable; none, and nothing there any more, if it is not ours.
    fn ours(&mut self, head: ChainHead) -> io::Result<Option<File>> {
        match open(&self.path)? {
            There::Nothing => {
                let gone = self.durable > 0;
                self.found = self.found.or(gone.then_some(Reason::JournalGone));
                Ok(None)
            }
            There::Journal(file) if self.is_ours(&file, head)? => {
                rewrite_last_page(&self.path, &file, self.durable)?;
                file.set_len(self.durable)?;
                file.sync_all()?;
                Ok(Some(file))
            }
            There::Journal(_) | There::Other => {
                self.found = Some(Reason::JournalChanged);
                self.set_aside(head)?;
                Ok(None)
            }
        }
    }

    /// Whether the file is what was written: up to the durable end, and as far as it goes after it.
    fn is_ours(&self, file: &File, head: ChainHead) -> io::Result<bool> {
        let ended = self.durable == 0 || ends_with(file, self.durable, head)?;
        let more = file.metadata()?.len().checked_sub(self.durable);
        let Some(more) = more.filter(|more| ended && *more <= self.tail.len() as u64) else {
            return Ok(false);
        };
        let mut there = vec![0; usize::try_from(more).unwrap_or_default()];
        file.read_exact_at(&mut there, self.durable)?;
        Ok(self.tail.starts_with(&there))
    }
}

impl Sink for FileSink {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        self.untouched()?;
        self.tail.extend_from_slice(lines);
        if let Some(file) = &mut self.file {
            file.write_all(lines)?;
        }
        self.written += lines.len() as u64;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        if let Some(file) = &self.file {
            file.sync_data()?;
            self.durable = self.written;
            self.tail.clear();
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.written >= self.max_bytes
    }

    fn rotate(&mut self, head: ChainHead) -> io::Result<()> {
        self.untouched()?;
        self.set_aside(head)?;
        self.create()
    }

    fn keep_head(&mut self, line: &[u8]) -> io::Result<()> {
        let head = [line, b"\n"].concat();
        Ok(files::write_private(&head_file(&self.path), &head)?)
    }

    fn repair(&mut self, head: ChainHead) -> io::Result<Option<Reason>> {
        // Its lock would be in the way of the next one.
        self.file = None;
        match self.ours(head)? {
            Some(file) => self.adopt(file)?,
            None => self.create()?,
        }
        Ok(self.found.take())
    }
}

fn appending() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    options
}

/// Whether the line that ends at `end` is the line `head`.
fn ends_with(file: &File, end: u64, head: ChainHead) -> io::Result<bool> {
    let last = last_line(file, end)?;
    Ok(last.is_some_and(|line| Hash::of(&line) == head.hash))
}

/// The longest line between its own line feed and that of the line before it.
const LINE_AND_ITS_ENDS: u64 = MAX_LINE as u64 + 2;

/// The line whose line feed is the last byte before `end`.
pub(super) fn last_line(file: &File, end: u64) -> io::Result<Option<Vec<u8>>> {
    if file.metadata()?.len() < end {
        return Ok(None);
    }
    let start = end.saturating_sub(LINE_AND_ITS_ENDS);
    let mut bytes = vec![0; usize::try_from(end - start).unwrap_or_default()];
    file.read_exact_at(&mut bytes, start)?;
    let Some((b'\n', lines)) = bytes.split_last() else {
        return Ok(None);
    };
    let begin = lines.iter().rposition(|byte| *byte == b'\n');
    Ok(match begin {
        Some(at) => lines.get(at + 1..).map(<[u8]>::to_vec),
        None if start == 0 => Some(lines.to_vec()),
        None => None,
    })
}

/// The page that the last durable line ends in was written again with the lines that failed.
/// Writing the same bytes once more makes the next fsync write it, wherever it was lost.
fn rewrite_last_page(path: &Path, file: &File, end: u64) -> io::Result<()> {
    let Some(last) = end.checked_sub(1) else {
        return Ok(());
    };
    let start = last - last % PAGE;
    let mut page = vec![0; usize::try_from(end - start).unwrap_or_default()];
    file.read_exact_at(&mut page, start)?;
    // Not in append mode, where every write goes to the end.
    let mut in_place = OpenOptions::new().write(true).open(path)?;
    if !is_same(&in_place.metadata()?, &file.metadata()?) {
        return Err(io::Error::other("somebody else changed the journal"));
    }
    in_place.seek(SeekFrom::Start(start))?;
    in_place.write_all(&page)
}
