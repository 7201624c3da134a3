//! What a start finds, and what it makes of it.
//!
//! A line that was not finished is what a crash leaves: it is moved to a file of its own. A chain that
//! does not hold is left as it is, set aside, and said in the first lines of the file that follows.
//! Refusing to start would let an attacker who can flip one byte stop the service, and the operator who
//! must get it running again would delete the evidence (docs/adr/0010).

mod claim;
mod open_error;

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use super::{
    chain::{ChainHead, Hash},
    checkpoint::PublicKey,
    file::{self, FileSink},
    lines::Lines,
    names,
    reason::Reason,
    scan::{Fault, ParsedLine, Scan},
    verify::LatestCheckpoint,
};
pub use open_error::OpenError;

/// Something that is to be said in an `audit_gap` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    pub reason: Reason,
    pub count: Option<u64>,
}

impl Gap {
    fn new(reason: Reason) -> Self {
        let count = None;
        Self { reason, count }
    }

    fn counted(reason: Reason, count: u64) -> Self {
        let count = Some(count);
        Self { reason, count }
    }
}

/// A journal that can be gone on with.
pub(super) struct Start {
    pub sink: FileSink,
    pub head: ChainHead,
    pub gaps: Vec<Gap>,
}

/// Opens the journal at `path`, or makes it.
///
/// # Errors
/// When it cannot be written, or somebody else may.
pub(super) fn open(path: &Path, max_bytes: u64, key: &PublicKey) -> Result<Start, OpenError> {
    let shown = || path.display().to_string();
    let failed = |source| OpenError::File {
        path: shown(),
        source,
    };
    let lock = claim::prepare(path)?;
    let current = claim::current(path)?;
    let mut gaps = Vec::new();
    let (head, current) = inspect(path, key, current, &mut gaps).map_err(failed)?;
    let sink = FileSink::open(path, max_bytes, lock, current).map_err(failed)?;
    for gap in &gaps {
        tracing::error!(
            reason = gap.reason.name(),
            count = gap.count,
            "the audit journal is not as it was left"
        );
    }
    Ok(Start { sink, head, gaps })
}

/// Where the chain goes on, after what cannot be gone on with has been moved out of the way.
fn inspect(
    path: &Path,
    key: &PublicKey,
    current: Option<File>,
    gaps: &mut Vec<Gap>,
) -> io::Result<(ChainHead, Option<File>)> {
    let (latest_checkpoint, head_gap) = read_head(path, key)?;
    let before = Before::read(path, key)?;
    let keys = std::slice::from_ref(key);
    let mut scan = Scan::new(latest_checkpoint)
        .signed_by(keys)
        .with_other_keys();
    let mut broken = match &current {
        Some(current) => read(path, current, &mut scan, gaps)?,
        None => None,
    };
    let mut sound = match &before {
        Some(before) => scan.head().unwrap_or(before.head),
        None => scan.head().unwrap_or(ChainHead::START),
    };
    if let Some(before) = &before {
        match scan.begin() {
            Some(begin) if before.whole && begin == before.head => {}
            None if before.whole => {}
            // An earlier start recorded this gap.
            Some(begin) if begin.seq >= before.head.seq && scan.begins_with_gap() => {}
            Some(begin) if begin.seq != before.head.seq => {
                broken = Some(Reason::ChainBroken);
                sound = before.head;
            }
            Some(_) | None => gaps.push(Gap::new(Reason::FullFileChanged)),
        }
        if before.whole
            && latest_checkpoint
                .is_some_and(|latest_checkpoint| before.contradicts(latest_checkpoint))
        {
            gaps.push(Gap::new(Reason::JournalReplaced));
        }
    }
    let any = sound != ChainHead::START || broken.is_some();
    if let Some(reason) = head_gap.filter(|reason| any || *reason != Reason::HeadMissing) {
        gaps.push(Gap::new(reason));
    }
    let cut = latest_checkpoint.filter(|latest_checkpoint| latest_checkpoint.seq > sound.seq);
    let head = cut.unwrap_or(sound);
    if let Some(reason) = broken {
        gaps.push(Gap::new(reason));
    } else if cut.is_some() {
        gaps.push(Gap::counted(Reason::EndCutOff, head.seq - sound.seq));
    }
    if broken.is_some() || cut.is_some() {
        if current.is_some() {
            names::set_aside(path, head)?;
        }
        return Ok((head, None));
    }
    // The next checkpoint is over these too, and would vouch for what nobody has.
    let latest_checkpoint = latest_checkpoint.map(|latest_checkpoint| latest_checkpoint.seq);
    let before = before.and_then(|before| before.signed);
    let signed = scan
        .signed()
        .max(before)
        .max(latest_checkpoint)
        .unwrap_or(0);
    if head.seq > signed {
        gaps.push(Gap::counted(Reason::NotSigned, head.seq - signed));
    }
    Ok((head, current))
}

/// What the newest full file says of the chain before the current one.
struct Before {
    /// Its last line; if that is gone or has another number, the number in its name.
    head: ChainHead,
    whole: bool,
    /// The number of that line, if it is a checkpoint by our key.
    signed: Option<u64>,
}

impl Before {
    fn read(path: &Path, key: &PublicKey) -> io::Result<Option<Self>> {
        let Some((seq, rotated)) = names::newest_rotated(path)? else {
            return Ok(None);
        };
        let file = File::open(rotated)?;
        let end = file.metadata()?.len();
        let line = file::last_line(&file, end)?.unwrap_or_default();
        let parsed = ParsedLine::parse(&line)
            .ok()
            .filter(|parsed| parsed.seq == seq);
        let hash = parsed.as_ref().map_or(Hash::NONE, |_| Hash::of(&line));
        let signed = parsed
            .as_ref()
            .is_some_and(|parsed| parsed.is_signed_by(key));
        Ok(Some(Self {
            head: ChainHead { seq, hash },
            whole: parsed.is_some(),
            signed: signed.then_some(seq),
        }))
    }

    fn contradicts(&self, latest_checkpoint: ChainHead) -> bool {
        latest_checkpoint.seq == self.head.seq && latest_checkpoint != self.head
    }
}

/// Reads the current file to its end, or to its first bad line, and says what is wrong with that.
fn read(
    path: &Path,
    current: &File,
    scan: &mut Scan<'_>,
    gaps: &mut Vec<Gap>,
) -> io::Result<Option<Reason>> {
    let mut lines = Lines::of(current.try_clone()?);
    while let Some(line) = lines.next()? {
        match line.and_then(|line| scan.line(line)) {
            Ok(()) => {}
            Err(Fault::Unfinished) => {
                let (begin, end) = (lines.begin, lines.end);
                quarantine(
                    path,
                    current,
                    scan.head().unwrap_or(ChainHead::START),
                    begin,
                )?;
                gaps.push(Gap::counted(Reason::LineNotFinished, end - begin));
                return Ok(None);
            }
            Err(fault) => {
                tracing::error!(line = lines.number, %fault, "the audit journal is broken");
                return Ok(Some(match fault {
                    Fault::NotTheHead(_) => Reason::JournalReplaced,
                    _ => Reason::ChainBroken,
                }));
            }
        }
    }
    Ok(None)
}

/// Moves what begins at `begin` to a file of its own, which is durable before it leaves this one.
fn quarantine(path: &Path, mut current: &File, head: ChainHead, begin: u64) -> io::Result<()> {
    current.seek(SeekFrom::Start(begin))?;
    let mut rest = Vec::new();
    current.read_to_end(&mut rest)?;
    let mut torn = names::create_torn(path, head)?;
    torn.write_all(&rest)?;
    torn.sync_all()?;
    names::sync_directory(path)?;
    current.set_len(begin)?;
    current.sync_all()
}

/// The last checkpoint if it was kept and is ours, or what is to be said of it.
fn read_head(path: &Path, key: &PublicKey) -> io::Result<(Option<ChainHead>, Option<Reason>)> {
    let file = names::head_file(path);
    if !file.try_exists()? {
        return Ok((None, Some(Reason::HeadMissing)));
    }
    Ok(
        match LatestCheckpoint::read(&file, std::slice::from_ref(key)) {
            Ok(latest_checkpoint) => (Some(latest_checkpoint.head()), None),
            Err(_) => (None, Some(Reason::HeadNotSigned)),
        },
    )
}
