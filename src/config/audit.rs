//! Settings of the audit journal, and the rules that they must keep.
//!
//! There is no setting that switches it off: whoever can change the environment would do that first.

use std::{ffi::OsStr, path::PathBuf, time::Duration};

use serde::Deserialize;

use super::seconds;

#[derive(Debug, Clone, Deserialize)]
pub struct Audit {
    pub sink: AuditSink,
    /// Empty: in the data directory.
    pub file: PathBuf,
    pub max_file_bytes: u64,
    pub checkpoint_lines: u64,
    #[serde(rename = "checkpoint_seconds", deserialize_with = "seconds")]
    pub checkpoint_every: Duration,
    pub queue_lines: usize,
    pub reads_when_unwritable: UnwritableReads,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuditSink {
    File,
    Stdout,
}

/// What becomes of reads while the journal cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnwritableReads {
    Allow,
    Refuse,
}

impl Audit {
    /// Calls `refuse` for every rule, with whether it is broken.
    pub(super) fn check(&self, refuse: &mut impl FnMut(bool, &str, &str)) {
        for (key, value, range) in [
            (
                "audit.max_file_bytes",
                self.max_file_bytes,
                65_536..=1 << 30,
            ),
            (
                "audit.checkpoint_lines",
                self.checkpoint_lines,
                1..=1_000_000,
            ),
            (
                "audit.checkpoint_seconds",
                self.checkpoint_every.as_secs(),
                1..=3_600,
            ),
            ("audit.queue_lines", self.queue_lines as u64, 64..=65_536),
        ] {
            let mend = format!("choose {} to {}", range.start(), range.end());
            refuse(!range.contains(&value), key, &mend);
        }
        refuse(
            self.is_of_the_service(),
            "audit.file",
            "names another file of this service: choose a name that ends in .jsonl",
        );
        let stdout = self.sink == AuditSink::Stdout;
        refuse(
            stdout && !self.file.as_os_str().is_empty(),
            "audit.file",
            "has no effect while audit.sink is stdout: choose one",
        );
    }

    /// Whether the name is one that the service gives to other files, or to parts of a journal.
    fn is_of_the_service(&self) -> bool {
        let lower = |text: Option<&OsStr>| {
            let text = text.unwrap_or_default().to_string_lossy();
            text.to_ascii_lowercase()
        };
        let (name, extension) = (lower(self.file.file_name()), lower(self.file.extension()));
        ["head", "lock", "draft", "key", "pub", "pem", "toml"].contains(&extension.as_str())
            || ["db", "torn-", "broken-"]
                .iter()
                .any(|begin| extension.starts_with(begin))
            || name == "addresses.json"
    }
}
