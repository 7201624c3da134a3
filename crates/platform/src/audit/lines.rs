//! A file as lines of bounded length: a hostile file must not fill the verifier's memory.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
};

use super::{line::MAX_LINE, scan::Fault};

pub(super) struct Lines {
    reader: BufReader<File>,
    line: Vec<u8>,
    /// Of the line that was read last, from one.
    pub number: u64,
    /// Where the line that was read last begins, and where it ends.
    pub begin: u64,
    pub end: u64,
}

impl Lines {
    pub fn of(file: File) -> Self {
        Self {
            reader: BufReader::with_capacity(128 * 1024, file),
            line: Vec::new(),
            number: 0,
            begin: 0,
            end: 0,
        }
    }

    /// The next line without its line feed; `None` after the last.
    pub fn next(&mut self) -> io::Result<Option<Result<&[u8], Fault>>> {
        self.line.clear();
        let limit = MAX_LINE as u64 + 1;
        let read = (&mut self.reader)
            .take(limit)
            .read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        self.begin = self.end;
        self.end += read as u64;
        Ok(Some(match self.line.split_last() {
            Some((b'\n', line)) => Ok(line),
            _ if read as u64 == limit => Err(Fault::TooLong),
            _ => Err(Fault::Unfinished),
        }))
    }
}
