//! Where lines go. A file (`file.rs`), or a stream that somebody else keeps.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::{
        fd::AsFd,
        unix::fs::{FileTypeExt, MetadataExt},
    },
};

use super::{chain::ChainHead, reason::Reason};

/// Takes whole lines. One thread writes; an error means that nothing since the last [`Sink::sync`]
/// may be relied on, and [`Sink::repair`] comes before the next line.
pub trait Sink: Send + 'static {
    /// Appends lines. They are not durable yet.
    ///
    /// # Errors
    /// When they cannot be written, or somebody else has written there.
    fn write(&mut self, lines: &[u8]) -> io::Result<()>;

    /// Makes all that was written durable.
    ///
    /// # Errors
    /// When that did not work.
    fn sync(&mut self) -> io::Result<()>;

    /// Makes the sink end with the line `head`, the last that is known to be durable. If what is there
    /// is not what was written, it is set aside, and the reason for an `audit_gap` is returned.
    ///
    /// # Errors
    /// When it still cannot be written.
    fn repair(&mut self, head: ChainHead) -> io::Result<Option<Reason>>;

    /// Whether the next line should begin a new file.
    fn is_full(&self) -> bool {
        false
    }

    /// Begins a new file after the line `head`.
    ///
    /// # Errors
    /// When it cannot be made.
    fn rotate(&mut self, head: ChainHead) -> io::Result<()> {
        let _ = head;
        Ok(())
    }

    /// Keeps a checkpoint's line where the end of the journal can be held against it.
    ///
    /// # Errors
    /// When it cannot be written.
    fn keep_head(&mut self, line: &[u8]) -> io::Result<()> {
        let _ = line;
        Ok(())
    }
}

/// A stream, such as standard output: a line is durable once it was taken, and the collector behind
/// it keeps it. Each process begins a chain of its own.
pub struct Stream<W>(pub W);

impl<W: Write + Send + 'static> Sink for Stream<W> {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        self.0.write_all(lines)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.flush()
    }

    /// Ends what may be half a line. What was taken before the error comes again: twice is better
    /// than not at all.
    fn repair(&mut self, _: ChainHead) -> io::Result<Option<Reason>> {
        self.0.write_all(b"\n")?;
        Ok(None)
    }
}

/// Standard output, without the buffer in between that takes a closed one for a written one.
///
/// # Errors
/// When it leads nowhere. A process that is started with it closed finds `/dev/null` in its place.
pub(super) fn standard_output() -> io::Result<Stream<File>> {
    let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let there = output.metadata()?;
    let null = fs::metadata("/dev/null").map(|null| null.rdev());
    if there.file_type().is_char_device() && null.is_ok_and(|null| null == there.rdev()) {
        return Err(io::Error::other("standard output is closed or /dev/null"));
    }
    Ok(Stream(output))
}
