//! `audit verify`: one journal in one or several files, from its first line to its last.
//!
//! It needs nothing of the service but the files: run it elsewhere, with a key and a head that left
//! the machine when they were made. What it can and cannot show: `docs/audit.md`.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    chain::{ChainHead, Hash},
    checkpoint::PublicKey,
    line::MAX_LINE,
    lines::Lines,
    scan::{Fault, ParsedLine, Scan, Seen},
};

/// Orphans and gaps that a report lists; more are only counted.
const LISTED: usize = 20;
/// How often progress is told, in bytes.
const STEP: u64 = 1 << 20;

/// What to verify, and against what.
#[derive(Debug, Default)]
pub struct Request {
    /// In their order.
    pub files: Vec<PathBuf>,
    /// Without any, signatures are not checked.
    pub keys: Vec<PublicKey>,
    /// A checkpoint that the journal must reach, and hold unless its files begin after it.
    pub latest_checkpoint: Option<LatestCheckpoint>,
    /// The head is the one that lies beside the journal: these files may all be newer.
    pub newer: bool,
}

/// A checkpoint's line that was kept apart from its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatestCheckpoint(ChainHead);

impl LatestCheckpoint {
    /// Reads such a file as `audit.head`.
    ///
    /// # Errors
    /// When it is not a checkpoint, or not by one of `keys`, if there are any.
    pub fn read(path: &Path, keys: &[PublicKey]) -> Result<Self, VerifyError> {
        let unreadable = |source| VerifyError::File {
            file: path.to_owned(),
            source,
        };
        let mut line = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        let limit = MAX_LINE as u64 + 1;
        file.take(limit)
            .read_to_end(&mut line)
            .map_err(unreadable)?;
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        let parsed = ParsedLine::parse(line).ok();
        let vouched = parsed.as_ref().is_some_and(|parsed| {
            parsed.checkpoint.as_ref().is_some_and(|signature| {
                let by = |key: &PublicKey| {
                    key.vouches(signature, parsed.seq, parsed.prev_hash, &parsed.ts.0)
                };
                keys.is_empty() || keys.iter().any(by)
            })
        });
        match parsed {
            Some(parsed) if vouched => Ok(Self(ChainHead {
                seq: parsed.seq,
                hash: Hash::of(line),
            })),
            _ => Err(VerifyError::LatestCheckpoint(path.to_owned())),
        }
    }

    #[must_use]
    pub fn head(self) -> ChainHead {
        self.0
    }
}

/// What a sound journal holds.
#[derive(Debug)]
pub struct Report {
    pub seen: Seen,
    pub last_seq: u64,
    /// Attempts since the last start that have no outcome yet.
    pub open: usize,
}

/// Why a journal is not sound.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The first bad line, by its number in the file.
    #[error("{}:{line}: {fault}", file.display())]
    Line {
        file: PathBuf,
        line: u64,
        fault: Fault,
    },
    #[error(
        "{}: ends with number {last}, and number {signed} was signed: the end was cut off",
        file.display()
    )]
    Cut {
        file: PathBuf,
        last: u64,
        signed: u64,
    },
    #[error(
        "{}: begins with number {first}, after the checkpoint {signed} that it must hold: give the older files too",
        file.display()
    )]
    Later {
        file: PathBuf,
        first: u64,
        signed: u64,
    },
    #[error("there is no checkpoint by a known key in the journal")]
    Unsigned,
    #[error("there is no line in the journal")]
    Empty,
    #[error("{}: is not a checkpoint signed by a known key", .0.display())]
    LatestCheckpoint(PathBuf),
    #[error("{}: {source}", file.display())]
    File { file: PathBuf, source: io::Error },
}

/// Reads all files once, in memory that does not grow with them; tells `progress` how many bytes
/// were read, now and then.
///
/// # Errors
/// At the first line that cannot be right.
pub fn verify(request: &Request, mut progress: impl FnMut(u64)) -> Result<Report, VerifyError> {
    let mut scan = Scan::new(request.latest_checkpoint.map(LatestCheckpoint::head))
        .signed_by(&request.keys)
        .listing(LISTED);
    let (mut read, mut told) = (0, 0);
    for path in &request.files {
        let unreadable = |source| VerifyError::File {
            file: path.clone(),
            source,
        };
        let mut lines = Lines::of(File::open(path).map_err(unreadable)?);
        while let Some(line) = lines.next().map_err(unreadable)? {
            let result = line.and_then(|line| scan.line(line));
            result.map_err(|fault| VerifyError::Line {
                file: path.clone(),
                line: lines.number,
                fault,
            })?;
            if read + lines.end - told >= STEP {
                told = read + lines.end;
                progress(told);
            }
        }
        read += lines.end;
    }
    progress(read);
    let head = scan.head().unwrap_or(ChainHead::START);
    if let (Some(LatestCheckpoint(latest_checkpoint)), Some(file)) =
        (request.latest_checkpoint, request.files.last())
        && latest_checkpoint.seq > head.seq
    {
        return Err(VerifyError::Cut {
            file: file.clone(),
            last: head.seq,
            signed: latest_checkpoint.seq,
        });
    }
    if head == ChainHead::START {
        return Err(VerifyError::Empty);
    }
    let (open, seen) = (scan.open(), scan.into_seen());
    if let (Some(LatestCheckpoint(latest_checkpoint)), Some(file)) =
        (request.latest_checkpoint, request.files.first())
        && !seen.latest_checkpoint
        && !request.newer
    {
        let first = seen.first.map_or(0, |(first, _)| first);
        return Err(VerifyError::Later {
            file: file.clone(),
            first,
            signed: latest_checkpoint.seq,
        });
    }
    if !request.keys.is_empty() && seen.checkpoints == 0 {
        return Err(VerifyError::Unsigned);
    }
    Ok(Report {
        last_seq: head.seq,
        open,
        seen,
    })
}
