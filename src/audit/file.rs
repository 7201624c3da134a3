//! The journal's file: append-only, for its owner only, written by one process.
//!
//! After a failed fsync the kernel may call pages clean that never reached the disk, so asking again
//! proves nothing ("fsyncgate"). [`FileSink::repair`] goes back to the last line that an fsync vouched
//! for and writes its page once more. A file that was cut, extended, replaced or deleted beside us is
//! noticed before the next line, not at the next audit.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::{
    chain::{Hash, Tip},
    line::MAX_LINE,
    sink::Sink,
};
use crate::data_dir;

/// What a disk writes at once, at least: the last lines share it with the first unconfirmed one.
const PAGE: u64 = 4096;

/// A journal file and the files beside it: `audit.jsonl`, and `audit-<last number>.jsonl` once full.
pub(super) struct FileSink {
    path: PathBuf,
    max_bytes: u64,
    /// Held as long as this process may write.
    _lock: File,
    file: Option<File>,
    written: u64,
    durable: u64,
}

impl FileSink {
    /// Goes on at the end of `path`, which [`super::start`] has checked; makes it if it is not there.
    pub(super) fn open(path: &Path, max_bytes: u64, lock: File) -> io::Result<Self> {
        let mut sink = Self {
            path: path.to_owned(),
            max_bytes,
            _lock: lock,
            file: None,
            written: 0,
            durable: 0,
        };
        match sink.existing()? {
            Some(file) => sink.adopt(file)?,
            None => sink.create()?,
        }
        Ok(sink)
    }

    fn adopt(&mut self, file: File) -> io::Result<()> {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        self.written = file.metadata()?.len();
        self.durable = self.written;
        self.file = Some(file);
        Ok(())
    }

    fn create(&mut self) -> io::Result<()> {
        let file = appending().create_new(true).mode(0o600).open(&self.path)?;
        sync_directory(&self.path)?;
        self.adopt(file)
    }

    fn existing(&self) -> io::Result<Option<File>> {
        match appending().open(&self.path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The open file, if it is still the one at the path and nobody else has written to it.
    fn untouched(&mut self) -> io::Result<&mut File> {
        let Some(file) = &mut self.file else {
            return Err(io::Error::other("the journal is not open"));
        };
        let (open, there) = (file.metadata()?, fs::symlink_metadata(&self.path)?);
        let same = (open.dev(), open.ino()) == (there.dev(), there.ino());
        if same && open.len() == self.written {
            Ok(file)
        } else {
            Err(io::Error::other("somebody else changed the journal"))
        }
    }

    /// Renames the file away, never over another.
    fn set_aside(&mut self, tip: Tip) -> io::Result<()> {
        self.file = None;
        set_aside(&self.path, tip)?;
        self.written = 0;
        self.durable = 0;
        Ok(())
    }
}

impl Sink for FileSink {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        self.untouched()?.write_all(lines)?;
        self.written += lines.len() as u64;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        if let Some(file) = &self.file {
            file.sync_data()?;
            self.durable = self.written;
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.written >= self.max_bytes
    }

    fn rotate(&mut self, tip: Tip) -> io::Result<()> {
        self.untouched()?;
        self.set_aside(tip)?;
        self.create()
    }

    fn keep_head(&mut self, line: &[u8]) -> io::Result<()> {
        let text = str::from_utf8(line).map_err(io::Error::other)?;
        data_dir::write_private(&head_file(&self.path), &format!("{text}\n"))
    }

    fn repair(&mut self, tip: Tip) -> io::Result<Option<&'static str>> {
        let Some(file) = self.existing()? else {
            let gone = self.durable > 0;
            self.create()?;
            return Ok(gone.then_some("journal_gone"));
        };
        let ours = self.durable == 0 || ends_with(&file, self.durable, tip)?;
        if !ours {
            self.set_aside(tip)?;
            self.create()?;
            return Ok(Some("journal_changed"));
        }
        rewrite_last_page(&self.path, &file, self.durable)?;
        file.set_len(self.durable)?;
        file.sync_all()?;
        self.adopt(file)?;
        Ok(None)
    }
}

fn appending() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    options
}

/// Whether the line that ends at `end` is the line `tip`.
fn ends_with(file: &File, end: u64, tip: Tip) -> io::Result<bool> {
    let last = last_line(file, end)?;
    Ok(last.is_some_and(|line| Hash::of(&line) == tip.hash))
}

/// The line whose line feed is the last byte before `end`.
pub(super) fn last_line(file: &File, end: u64) -> io::Result<Option<Vec<u8>>> {
    if file.metadata()?.len() < end {
        return Ok(None);
    }
    let start = end.saturating_sub(MAX_LINE as u64 + 2);
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
    in_place.seek(SeekFrom::Start(start))?;
    in_place.write_all(&page)
}

/// Renames a journal that ends at `tip`, is full or is broken, so that names sort in its order.
pub(super) fn set_aside(path: &Path, tip: Tip) -> io::Result<()> {
    let mut to = rotated_file(path, tip.seq);
    for number in 1.. {
        if !to.try_exists()? {
            break;
        }
        to = path.with_extension(format!("broken-{number}"));
    }
    fs::rename(path, to)?;
    sync_directory(path)
}

/// `audit-0000000000000042.jsonl`.
fn rotated_file(path: &Path, seq: u64) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}-{seq:016}.{extension}"))
}

/// The rotated file with the highest number, if there is one, and the number.
pub(super) fn newest_rotated(path: &Path) -> io::Result<Option<(u64, PathBuf)>> {
    let mut newest = None;
    for entry in fs::read_dir(directory(path))? {
        let file = entry?.path();
        let seq = file.file_stem().and_then(|stem| {
            let stem = stem.to_str()?;
            stem.rsplit_once('-')?.1.parse().ok()
        });
        if let Some(seq) = seq
            && file.file_name() == rotated_file(path, seq).file_name()
        {
            newest = newest.max(Some((seq, file)));
        }
    }
    Ok(newest)
}

/// The last checkpoint, kept apart from the journal that it vouches for.
pub(super) fn head_file(path: &Path) -> PathBuf {
    path.with_extension("head")
}

pub(super) fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A new name is durable once its directory is.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(directory(path))?.sync_all()
}
