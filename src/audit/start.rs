//! What a start finds, and what it makes of it.
//!
//! A line that was not finished is what a crash leaves: it is moved to a file of its own. A chain that
//! does not hold is left as it is, set aside, and said in the first lines of the file that follows.
//! Refusing to start would let whoever can flip one byte stop the service, and would have the
//! evidence deleted by whoever must get it running again (docs/adr/0010).

use std::{
    fs::{self, DirBuilder, File, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
    thread,
    time::Duration,
};

use super::{
    chain::{Hash, Tip},
    checkpoint::{KeyError, PublicKey},
    file::{self, FileSink},
    lines::Lines,
    scan::{Fault, Scan, View},
    verify::Head,
};

/// How long a process that is just ending has to let go of the journal.
const LOCK_TRIES: u32 = 40;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// Why there is no journal to write to.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{path}: {source} (set APP_AUDIT__FILE)")]
    File { path: String, source: io::Error },
    #[error("{path}: another process writes this journal (give each its own APP_AUDIT__FILE)")]
    Locked { path: String },
    #[error("{path}: is not a regular file (set APP_AUDIT__FILE)")]
    NotAFile { path: String },
    #[error("{path}: others may write in this directory (chmod go-w, or set APP_AUDIT__FILE)")]
    OpenToOthers { path: String },
    #[error("the key of the checkpoints: {0}")]
    Key(#[from] KeyError),
    #[error("cannot write the first line: {0}")]
    Write(io::Error),
}

/// Something that is to be said in an `audit_gap` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    pub reason: &'static str,
    pub count: Option<u64>,
}

impl Gap {
    fn new(reason: &'static str) -> Self {
        let count = None;
        Self { reason, count }
    }

    fn counted(reason: &'static str, count: u64) -> Self {
        let count = Some(count);
        Self { reason, count }
    }
}

/// A journal that can be gone on with.
pub(super) struct Start {
    pub sink: FileSink,
    pub tip: Tip,
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
    let lock = prepare(path)?;
    let mut gaps = Vec::new();
    let tip = inspect(path, key, &mut gaps).map_err(failed)?;
    let sink = FileSink::open(path, max_bytes, lock).map_err(failed)?;
    for gap in &gaps {
        tracing::error!(
            reason = gap.reason,
            count = gap.count,
            "the audit journal is not as it was left"
        );
    }
    Ok(Start { sink, tip, gaps })
}

/// The directory, made if it is not there and closed to other writers; and the lock.
fn prepare(path: &Path) -> Result<File, OpenError> {
    let directory = file::directory(path);
    let failed = |source| OpenError::File {
        path: path.display().to_string(),
        source,
    };
    let mut builder = DirBuilder::new();
    let builder = builder.recursive(true).mode(0o700);
    builder.create(directory).map_err(failed)?;
    let mode = fs::metadata(directory)
        .map_err(failed)?
        .permissions()
        .mode();
    // Whoever may write in it may put another file in the journal's place; not where each may move
    // only what is theirs, as in /tmp. A file that is another's cannot be made ours: `file.rs`.
    let (others_write, each_their_own) = (mode & 0o022 != 0, mode & 0o1000 != 0);
    if others_write && !each_their_own {
        let path = directory.display().to_string();
        return Err(OpenError::OpenToOthers { path });
    }
    if fs::symlink_metadata(path).is_ok_and(|there| !there.is_file()) {
        let path = path.display().to_string();
        return Err(OpenError::NotAFile { path });
    }
    let lock = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path.with_extension("lock"))
        .map_err(failed)?;
    for _ in 0..LOCK_TRIES {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
    }
    let path = path.display().to_string();
    Err(OpenError::Locked { path })
}

/// Where the chain goes on, after what cannot be gone on with has been moved out of the way.
fn inspect(path: &Path, key: &PublicKey, gaps: &mut Vec<Gap>) -> io::Result<Tip> {
    let (head, head_gap) = read_head(path, key)?;
    let before = Before::read(path, key)?;
    let keys = std::slice::from_ref(key);
    let mut scan = Scan::new(head).signed_by(keys).with_other_keys();
    let mut broken = match File::open(path) {
        Ok(current) => read(path, current, &mut scan, gaps)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let mut sound = match &before {
        Some(before) => scan.tip().unwrap_or(before.tip),
        None => scan.tip().unwrap_or(Tip::START),
    };
    if let Some(before) = &before {
        match scan.begin() {
            Some(begin) if before.whole && begin == before.tip => {}
            None if before.whole => {}
            // Whoever set that file aside, or missed this one, has said so.
            Some(begin) if begin.seq >= before.tip.seq && scan.begins_with_gap() => {}
            Some(begin) if begin.seq != before.tip.seq => {
                broken = Some("chain_broken");
                sound = before.tip;
            }
            Some(_) | None => gaps.push(Gap::new("full_file_changed")),
        }
        if before.whole && head.is_some_and(|head| before.contradicts(head)) {
            gaps.push(Gap::new("journal_replaced"));
        }
    }
    let any = sound != Tip::START || broken.is_some();
    if let Some(reason) = head_gap.filter(|reason| any || *reason != "head_missing") {
        gaps.push(Gap::new(reason));
    }
    let cut = head.filter(|head| head.seq > sound.seq);
    let tip = cut.unwrap_or(sound);
    if let Some(reason) = broken {
        gaps.push(Gap::new(reason));
    } else if cut.is_some() {
        gaps.push(Gap::counted("end_cut_off", tip.seq - sound.seq));
    }
    if (broken.is_some() || cut.is_some()) && path.try_exists()? {
        file::set_aside(path, tip)?;
    } else {
        // The next checkpoint is over these too, and would vouch for what nobody has.
        let head = head.map(|head| head.seq);
        let before = before.and_then(|before| before.signed);
        let signed = scan.signed().max(before).max(head).unwrap_or(0);
        if tip.seq > signed {
            gaps.push(Gap::counted("not_signed", tip.seq - signed));
        }
    }
    Ok(tip)
}

/// What the newest full file says of the chain before the current one.
struct Before {
    /// Its last line; if that is gone or has another number, the number in its name.
    tip: Tip,
    whole: bool,
    /// The number of that line, if it is a checkpoint by our key.
    signed: Option<u64>,
}

impl Before {
    fn read(path: &Path, key: &PublicKey) -> io::Result<Option<Self>> {
        let Some((seq, rotated)) = file::newest_rotated(path)? else {
            return Ok(None);
        };
        let file = File::open(rotated)?;
        let end = file.metadata()?.len();
        let line = file::last_line(&file, end)?.unwrap_or_default();
        let view = View::parse(&line).ok().filter(|view| view.seq == seq);
        let hash = view.as_ref().map_or(Hash::NONE, |_| Hash::of(&line));
        let signed = view.as_ref().is_some_and(|view| view.is_signed_by(key));
        Ok(Some(Self {
            tip: Tip { seq, hash },
            whole: view.is_some(),
            signed: signed.then_some(seq),
        }))
    }

    fn contradicts(&self, head: Tip) -> bool {
        head.seq == self.tip.seq && head != self.tip
    }
}

/// Reads the current file to its end, or to its first bad line, and says what is wrong with that.
fn read(
    path: &Path,
    current: File,
    scan: &mut Scan<'_>,
    gaps: &mut Vec<Gap>,
) -> io::Result<Option<&'static str>> {
    let mut lines = Lines::of(current);
    while let Some(line) = lines.next()? {
        match line.and_then(|line| scan.line(line)) {
            Ok(()) => {}
            Err(Fault::Unfinished) => {
                let (begin, end) = (lines.begin, lines.end);
                quarantine(path, scan.tip().unwrap_or(Tip::START), begin)?;
                gaps.push(Gap::counted("line_not_finished", end - begin));
                return Ok(None);
            }
            Err(fault) => {
                tracing::error!(line = lines.number, %fault, "the audit journal is broken");
                return Ok(Some(match fault {
                    Fault::NotTheHead(_) => "journal_replaced",
                    _ => "chain_broken",
                }));
            }
        }
    }
    Ok(None)
}

/// Moves what begins at `begin` to a file of its own, which is durable before it leaves this one.
fn quarantine(path: &Path, tip: Tip, begin: u64) -> io::Result<()> {
    let mut current = fs::OpenOptions::new().read(true).write(true).open(path)?;
    io::Seek::seek(&mut current, io::SeekFrom::Start(begin))?;
    let mut rest = Vec::new();
    io::Read::read_to_end(&mut current, &mut rest)?;
    let mut torn = fs::OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path.with_extension(format!("torn-{}", tip.seq)))?;
    torn.write_all(&rest)?;
    torn.sync_all()?;
    file::sync_directory(path)?;
    current.set_len(begin)?;
    current.sync_all()
}

/// The last checkpoint if it was kept and is ours, or what is to be said of it.
fn read_head(path: &Path, key: &PublicKey) -> io::Result<(Option<Tip>, Option<&'static str>)> {
    let file = file::head_file(path);
    if !file.try_exists()? {
        return Ok((None, Some("head_missing")));
    }
    Ok(match Head::read(&file, std::slice::from_ref(key)) {
        Ok(head) => (Some(head.tip()), None),
        Err(_) => (None, Some("head_not_signed")),
    })
}
