//! Settings of the audit journal, and the rules that they must keep.
//!
//! No setting switches it off: an attacker who can change the environment would do that first.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use super::{Profile, rule::Rule, seconds, siem::Siem};

/// Digits of the number in the name of a full file of a journal: `audit-0000000000000042.jsonl`.
pub const FILE_NUMBER_DIGITS: usize = 16;

/// Whether the name of a full file can end like this.
#[must_use]
pub fn is_file_number(end: &str) -> bool {
    end.len() == FILE_NUMBER_DIGITS && end.bytes().all(|byte| byte.is_ascii_digit())
}

#[derive(Debug, Clone, Deserialize)]
pub struct Audit {
    pub sink: AuditSink,
    /// Empty: in the data directory.
    pub file: PathBuf,
    /// Empty: the machine's name.
    instance: String,
    pub max_file_bytes: u64,
    pub checkpoint_lines: u64,
    #[serde(rename = "checkpoint_seconds", deserialize_with = "seconds")]
    pub checkpoint_every: Duration,
    pub queue_lines: usize,
    pub reads_when_unwritable: UnwritableReads,
    unwritable_reads_reason: String,
    pub siem: Siem,
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
        "audit.instance",
        |s| s.audit.is_no_part_of_a_name(),
        "must be at most 63 letters, digits, hyphens and underscores, and must not end as a full file does (-0000000000000042)",
        "audit.instance = '../other'",
    ),
    Rule::whole(
        "audit.file",
        |s| s.audit.sink == AuditSink::Stdout && !s.audit.file.as_os_str().is_empty(),
        "has no effect while audit.sink is stdout: choose one",
        "audit = { sink = 'stdout', file = 'journal.jsonl' }",
    ),
    Rule::whole(
        "audit.siem.receiver",
        |s| s.audit.siem.receiver().is_some() && s.audit.sink != AuditSink::File,
        "needs audit.sink = \"file\": lines are sent again from there",
        "audit = { sink = 'stdout', siem = { receiver = 'siem.example.com' } }",
    ),
    Rule::whole(
        "audit.unwritable_reads_reason",
        |s| s.audit.unwritable_reads().is_none() && !s.audit.unwritable_reads_reason.is_empty(),
        "has no effect while reads_when_unwritable is \"refuse\"",
        "audit = { reads_when_unwritable = 'refuse', unwritable_reads_reason = 'not yet' }",
    ),
    Rule::whole(
        "audit.reads_when_unwritable",
        |s| s.audit.unwritable_reads() == Some(""),
        "who fills the disk could then read without a record: choose \"refuse\", or say in \
         unwritable_reads_reason why reads must go on",
        "audit.reads_when_unwritable = 'allow'",
    )
    .only_in(Profile::Production),
];

impl Audit {
    /// The journal's file, when it is one; with the name of the instance in it, if one was chosen.
    #[must_use]
    pub fn path(&self, data_dir: &Path) -> PathBuf {
        let file = if self.file.as_os_str().is_empty() {
            data_dir.join("audit.jsonl")
        } else {
            self.file.clone()
        };
        if self.instance.is_empty() {
            return file;
        }
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let extension = file
            .extension()
            .unwrap_or(OsStr::new("jsonl"))
            .to_string_lossy();
        file.with_file_name(format!("{stem}.{}.{extension}", self.instance))
    }

    /// Why reads go on while the journal cannot be written; `None` where they do not.
    #[must_use]
    pub fn unwritable_reads(&self) -> Option<&str> {
        (self.reads_when_unwritable == UnwritableReads::Allow)
            .then(|| self.unwritable_reads_reason.trim())
    }

    /// Which replica this is, as its journal says.
    #[must_use]
    pub fn instance(&self) -> String {
        if self.instance.is_empty() {
            let machine = rustix::system::uname();
            return machine.nodename().to_string_lossy().into_owned();
        }
        self.instance.clone()
    }

    /// Whether a name of this instance would be that of another file, or of a full file of a journal.
    fn is_no_part_of_a_name(&self) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let name = &self.instance;
        let full = name
            .rsplit_once('-')
            .is_some_and(|(_, end)| is_file_number(end));
        name.len() > 63 || full || !name.chars().all(plain)
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
