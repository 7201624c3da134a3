//! A journal in a directory of its own, and eyes to read it with.

use std::{
    fs::{self, OpenOptions},
    future::Future,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use app::{
    audit::{
        Entry, Event, Head, Journal, OpenError, PublicKey, Refusal, Report, Request, Tip, verify,
    },
    clock::{Clock, SystemClock},
    config::{self, Audit, Sources},
};
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use crate::patience::PATIENCE;

/// The default settings, as a file that lies over them changes them.
pub fn settings(toml: &str) -> Audit {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), format!("[audit]\n{toml}")).unwrap();
    let sources = Sources {
        files: vec![file.path().to_owned()],
        environment: Vec::new(),
    };
    config::load(&sources, &app::permissions::ACCESS.role_names())
        .unwrap()
        .audit
}

/// Runs on a runtime of its own, as a worker of the service does; not without end.
pub fn block_on<T>(task: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let done = runtime.block_on(async { tokio::time::timeout(PATIENCE, task).await });
    done.expect("waited in vain for the journal")
}

pub fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::default())
}

/// The deletion of an invoice.
pub fn deletion() -> Entry {
    Entry::new(Event::SensitiveDelete)
        .action("invoices_delete")
        .request(Uuid::now_v7())
        .on("invoice", 42)
}

pub struct Fixture {
    directory: TempDir,
    pub settings: Audit,
}

impl Fixture {
    pub fn new() -> Self {
        Self::with("")
    }

    pub fn with(toml: &str) -> Self {
        Self {
            directory: TempDir::new().unwrap(),
            settings: settings(toml),
        }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn file(&self) -> PathBuf {
        self.path().join("audit.jsonl")
    }

    pub fn try_open(&self) -> Result<Journal, OpenError> {
        Journal::open(&self.settings, self.path(), clock())
    }

    pub fn open(&self) -> Journal {
        self.try_open().unwrap()
    }

    /// A journal that was used and closed: its first line, then for each change an attempt and an
    /// outcome, then its last ones.
    pub fn used(changes: usize) -> Self {
        let fixture = Self::new();
        fixture.append(changes);
        fixture
    }

    pub fn append(&self, changes: usize) {
        let journal = self.open();
        block_on(async {
            for _ in 0..changes {
                journal.attempt(deletion()).await.unwrap().answered(204);
            }
            journal.close().await;
        });
    }

    /// The files of the journal, oldest first.
    pub fn files(&self) -> Vec<PathBuf> {
        files(self.path())
    }

    pub fn verify(&self) -> Result<Report, Refusal> {
        let key = PublicKey::read(&self.path().join("audit.pub")).unwrap();
        let keys = vec![key];
        let head = Head::read(&self.path().join("audit.head"), &keys)?;
        verify_files(self.files(), keys, Some(head))
    }

    /// All lines, parsed.
    pub fn lines(&self) -> Vec<Value> {
        self.files().iter().flat_map(|file| parsed(file)).collect()
    }
}

pub fn verify_files(
    files: Vec<PathBuf>,
    keys: Vec<PublicKey>,
    head: Option<Head>,
) -> Result<Report, Refusal> {
    let request = Request {
        files,
        keys,
        head,
        newer: false,
    };
    verify(&request, |_| {})
}

pub fn files(directory: &Path) -> Vec<PathBuf> {
    let names = fs::read_dir(directory).unwrap();
    let mut files: Vec<PathBuf> = names
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "jsonl")
        })
        .collect();
    files.sort();
    files
}

pub fn parsed(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The lines as a chain that goes on after `tip`: what anybody can make who can write the file.
pub fn chained(lines: &[&str], mut tip: Tip) -> String {
    let mut text = String::new();
    for line in lines {
        let rest = &line[line.find(r#","ts":"#).unwrap()..];
        let (seq, hash) = (tip.seq + 1, tip.hash);
        let line = format!(r#"{{"seq":{seq},"prev_hash":"{hash}"{rest}"#);
        tip = tip.after(line.as_bytes());
        text = text + &line + "\n";
    }
    text
}

/// Writes at the end of the file, as anybody can who may.
pub fn append(fixture: &Fixture, bytes: &[u8]) {
    let mut file = OpenOptions::new()
        .append(true)
        .open(fixture.file())
        .unwrap();
    file.write_all(bytes).unwrap();
}

/// The members that tell a story, of each line.
pub fn story(lines: &[Value]) -> Vec<String> {
    let word = |line: &Value, member: &str| match &line[member] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    lines
        .iter()
        .map(|line| {
            [
                "event",
                "phase",
                "attempt",
                "outcome",
                "reason_code",
                "status",
                "count",
            ]
            .iter()
            .filter(|member| line["phase"] != "point" || **member != "phase")
            .filter_map(|member| word(line, member))
            .collect::<Vec<_>>()
            .join(" ")
        })
        .collect()
}
