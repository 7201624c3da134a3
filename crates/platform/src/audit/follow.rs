//! Reads a journal while it is written: its lines in their order, across files that are full.
//!
//! A line that is written and not durable may be cut off again, and another line gets its number. A copy of the
//! first one elsewhere would contradict the journal. So a reader goes up to the last durable line
//! ([`super::Journal::durable`]) and no further. It keeps no line in memory: the file is the queue.

use std::{
    fs::File,
    io::{self, Seek, SeekFrom},
    path::PathBuf,
};

use super::{
    chain::{ChainHead, Hash},
    lines::Lines,
    names,
    scan::ParsedLine,
};

/// A place in a journal.
pub struct Follower {
    path: PathBuf,
    /// The number of the last line that was read.
    at: u64,
    open: Option<Open>,
}

/// A line of it, without its line feed.
#[derive(Debug, PartialEq, Eq)]
pub struct Followed {
    pub seq: u64,
    pub line: Vec<u8>,
}

impl Follower {
    /// Before the line that follows `seq`, in the journal whose current file is `path`.
    #[must_use]
    pub fn new(path: PathBuf, seq: u64) -> Self {
        let (at, open) = (seq, None);
        Self { path, at, open }
    }

    /// After the line `head`. Where that line is another one, or the journal ends before it, it is not the journal
    /// that `head` was read from: then before its first line.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub fn after(path: PathBuf, head: ChainHead, through: u64) -> io::Result<Self> {
        if head.seq == 0 || head.seq > through {
            return Ok(Self::new(path, 0));
        }
        let mut before = Self::new(path.clone(), head.seq - 1);
        let found = before.read(through, 1)?.pop();
        match found.filter(|found| found.seq == head.seq) {
            Some(found) if Hash::of(&found.line) == head.hash => Ok(before),
            Some(_) => Ok(Self::new(path, 0)),
            // The line itself has left the directory.
            None => Ok(Self::new(path, head.seq)),
        }
    }

    /// The number of the last line that was read; zero before the first.
    #[must_use]
    pub fn at(&self) -> u64 {
        self.at
    }

    /// The next lines, `most` of them, up to the line `through`. Numbers that are not there are passed over.
    ///
    /// # Errors
    /// When the files cannot be read, or the journal does not go on to `through`.
    pub fn read(&mut self, through: u64, most: usize) -> io::Result<Vec<Followed>> {
        let mut found = Vec::new();
        while found.is_empty() && self.at < through {
            let held = self.open.take();
            let is_held = held.is_some();
            let mut open = match held {
                Some(open) => open,
                None => self.locate()?,
            };
            open.read(&mut self.at, through, most, &mut found)?;
            if !found.is_empty() {
                self.open = Some(open);
            } else if let Some(last) = open.last {
                self.at = self.at.max(last);
            } else if !is_held {
                let words = "the journal does not go on to its last line";
                return Err(io::Error::new(io::ErrorKind::InvalidData, words));
            }
        }
        Ok(found)
    }

    /// The file that has the next line.
    fn locate(&self) -> io::Result<Open> {
        let full = || names::rotated_after(&self.path, self.at);
        let current = match full()? {
            Some(full) => return Open::full(full),
            None => File::open(&self.path)?,
        };
        // The file may have become full since.
        match full()? {
            Some(full) => Open::full(full),
            None => Ok(Open::new(current, None)),
        }
    }
}

/// A file of it.
struct Open {
    file: File,
    /// Where the next line begins.
    offset: u64,
    /// Of a full file: the number of its last line. What follows in it is not part of the chain.
    last: Option<u64>,
}

impl Open {
    fn new(file: File, last: Option<u64>) -> Self {
        let offset = 0;
        Self { file, offset, last }
    }

    fn full((last, path): (u64, PathBuf)) -> io::Result<Self> {
        Ok(Self::new(File::open(path)?, Some(last)))
    }

    fn read(
        &mut self,
        at: &mut u64,
        through: u64,
        most: usize,
        found: &mut Vec<Followed>,
    ) -> io::Result<()> {
        let through = self.last.map_or(through, |last| last.min(through));
        if *at >= through {
            return Ok(());
        }
        // What a reader has in its buffer may have been cut off meanwhile.
        self.file.seek(SeekFrom::Start(self.offset))?;
        let mut lines = Lines::of(self.file.try_clone()?);
        let begin = self.offset;
        while found.len() < most {
            let Some(Ok(line)) = lines.next()? else {
                break;
            };
            let Some(seq) = number(line).filter(|seq| *seq <= through) else {
                break;
            };
            if seq > *at {
                if ParsedLine::parse(line).is_err() {
                    break;
                }
                let line = line.to_vec();
                found.push(Followed { seq, line });
                *at = seq;
            }
            self.offset = begin + lines.end;
        }
        Ok(())
    }
}

/// The number of a line, without reading all of it.
fn number(line: &[u8]) -> Option<u64> {
    let rest = line.strip_prefix(br#"{"seq":"#)?;
    let end = rest.iter().position(|byte| *byte == b',')?;
    std::str::from_utf8(rest.get(..end)?).ok()?.parse().ok()
}
