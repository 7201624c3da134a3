//! What a scan remembers of the lines that it has read.

use uuid::Uuid;

use super::parsed_line::ParsedLine;
use crate::audit::entry::INSTANCE;

/// An attempt whose outcome is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAttempt {
    pub seq: u64,
    pub action: Option<String>,
    pub request_id: Option<Uuid>,
    pub ts: String,
}

/// What was read so far.
#[derive(Debug, Default)]
pub struct Seen {
    pub lines: u64,
    /// The replicas that say that they wrote it, the first few.
    pub instances: Vec<String>,
    /// Number and time of the first line.
    pub first: Option<(u64, String)>,
    /// Time of the last line.
    pub last: Option<String>,
    pub checkpoints: u64,
    /// Lines after the last checkpoint; by a known key, if keys are known.
    pub unsigned: u64,
    /// Whether the line that had to be there was.
    pub latest_checkpoint: bool,
    /// The first few orphans, and how many there are.
    pub orphans: Vec<OpenAttempt>,
    pub orphan_count: u64,
    /// Lines that say that something is missing, and how many there are.
    pub gaps: Vec<u64>,
    pub gap_count: u64,
}

impl Seen {
    /// Remembers the replica that a line names, once.
    pub(super) fn instance(&mut self, parsed: &ParsedLine<'_>, most: usize) {
        if let Some(name) = parsed.object(INSTANCE).map(printable)
            && self.instances.len() < most
            && !self.instances.contains(&name)
        {
            self.instances.push(name);
        }
    }
}

/// A journal that somebody else made may hold anything; it must not reach a terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .take(64)
        .map(|c| if matches!(c, ' '..='~') { c } else { '?' })
        .collect()
}
