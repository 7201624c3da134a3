//! Settings of the audit journal, and the rules that they must keep.
//!
//! No setting switches it off: an attacker who can change the environment would do that first.

use std::{ffi::OsStr, path::PathBuf, time::Duration};

use serde::Deserialize;

use super::{rule::Rule, seconds};

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

pub(super) const RULES: &[Rule] = &[
    Rule::integer(
        "audit.max_file_bytes",
        |s| s.audit.max_file_bytes,
        (65_536, 1 << 30),
        "",
    ),
    Rule::integer(
        "audit.checkpoint_lines",
        |s| s.audit.checkpoint_lines,
        (1, 1_000_000),
        "",
    ),
    Rule::integer(
        "audit.checkpoint_seconds",
        |s| s.audit.checkpoint_every.as_secs(),
        (1, 3_600),
        "",
    ),
    Rule::integer(
        "audit.queue_lines",
        |s| s.audit.queue_lines as u64,
        (64, 65_536),
        "",
    ),
    Rule::whole(
        "audit.file",
        |s| s.audit.is_of_the_service(),
        "names another file of this service: choose a name that ends in .jsonl",
        "audit.file = 'data/audit.key'",
    ),
    Rule::whole(
        "audit.file",
        |s| s.audit.sink == AuditSink::Stdout && !s.audit.file.as_os_str().is_empty(),
        "has no effect while audit.sink is stdout: choose one",
        "audit = { sink = 'stdout', file = 'journal.jsonl' }",
    ),
];

impl Audit {
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
