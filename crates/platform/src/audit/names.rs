//! The files of a journal: their names, and how one gets another name.
//!
//! Nothing is ever renamed over another file, and a rename is durable once its directory is.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::chain::ChainHead;
use crate::{config::FILE_NUMBER_DIGITS, files};

/// Renames a journal that ends at `head`, is full or is broken, so that names sort in its order.
pub(super) fn set_aside(path: &Path, head: ChainHead) -> io::Result<()> {
    let mut to = rotated_file(path, head.seq);
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
    path.with_file_name(format!("{stem}-{seq:0FILE_NUMBER_DIGITS$}.{extension}"))
}

/// The rotated file with the highest number, if there is one, and the number.
pub(super) fn newest_rotated(path: &Path) -> io::Result<Option<(u64, PathBuf)>> {
    Ok(rotated(path)?.into_iter().max())
}

/// The rotated file that ends next after the line `seq`, if there is one, and the number of its last line.
pub(super) fn rotated_after(path: &Path, seq: u64) -> io::Result<Option<(u64, PathBuf)>> {
    let after = rotated(path)?.into_iter().filter(|(last, _)| *last > seq);
    Ok(after.min())
}

/// All rotated files, each with its number.
fn rotated(path: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(files::parent(path))? {
        let file = entry?.path();
        let seq = file.file_stem().and_then(|stem| {
            let stem = stem.to_str()?;
            stem.rsplit_once('-')?.1.parse().ok()
        });
        if let Some(seq) = seq
            && file.file_name() == rotated_file(path, seq).file_name()
        {
            found.push((seq, file));
        }
    }
    Ok(found)
}

/// `audit.torn-42`; after another crash at the same place `audit.torn-42-1`.
pub(super) fn create_torn(path: &Path, head: ChainHead) -> io::Result<File> {
    let name = format!("torn-{}", head.seq);
    let others = (1..).map(|number| format!("{name}-{number}"));
    for name in [name.clone()].into_iter().chain(others) {
        match files::create(&path.with_extension(name)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => return created,
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// The last checkpoint, kept apart from the journal that it vouches for.
pub(super) fn head_file(path: &Path) -> PathBuf {
    path.with_extension("head")
}

/// A new name is durable once its directory is.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(files::parent(path))?.sync_all()
}
