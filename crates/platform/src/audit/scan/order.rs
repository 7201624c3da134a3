//! How a process begins and ends in the journal: `sys_monitor_enabled`, gaps, a checkpoint; and
//! `sys_monitor_disabled`, a checkpoint. A crash may cut either short, and then the next one begins.
//!
//! Who writes lines without the key cannot write these checkpoints, and so cannot begin a process.

use super::{Fault, parsed_line::ParsedLine};
use crate::audit::event::Event;

/// What the next line may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Order {
    /// Anything: a process is at work, or older files are elsewhere.
    #[default]
    Working,
    /// A process has begun: what it found, and its first checkpoint.
    Begun,
    /// A process has ended: its last checkpoint.
    Ended,
    /// There is none, or none any more: the next one.
    Nobody,
}

impl Order {
    /// # Errors
    /// When no process writes this line there.
    pub fn then(self, parsed: &ParsedLine<'_>) -> Result<Self, Fault> {
        let is = |event: Event| parsed.event.0 == event.name();
        match self {
            _ if is(Event::SysMonitorEnabled) => Ok(Self::Begun),
            Self::Working if is(Event::SysMonitorDisabled) => Ok(Self::Ended),
            Self::Working => Ok(Self::Working),
            Self::Begun if is(Event::AuditGap) => Ok(Self::Begun),
            Self::Begun if is(Event::AuditCheckpoint) => Ok(Self::Working),
            Self::Ended if is(Event::AuditCheckpoint) => Ok(Self::Nobody),
            Self::Begun | Self::Ended | Self::Nobody => Err(Fault::Order),
        }
    }
}
