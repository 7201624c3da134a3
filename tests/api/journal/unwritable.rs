//! No journal, no change (Vault's rule); and it recovers by itself (LO-07).

use std::{
    fs,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::{of, one};

use crate::{
    harness::Service,
    invoices::{content, draft},
};

/// A service whose journal is in a directory that can be taken away.
struct Obstructible {
    service: Service,
    directory: PathBuf,
    _parent: TempDir,
}

impl Obstructible {
    fn with(environment: &[(&str, &str)]) -> Self {
        let parent = TempDir::new().unwrap();
        let directory = parent.path().join("journal");
        let file = directory.join("audit.jsonl");
        let file = [("APP_AUDIT__FILE", file.to_str().unwrap())];
        Self {
            service: Service::with(&[&file, environment].concat()),
            directory,
            _parent: parent,
        }
    }

    /// Puts a file in the directory's place: nothing can be read, made or moved there.
    fn obstruct(&self) {
        fs::rename(&self.directory, self.directory.with_extension("away")).unwrap();
        fs::write(&self.directory, "").unwrap();
    }

    fn clear(&self) {
        fs::remove_file(&self.directory).unwrap();
        fs::rename(self.directory.with_extension("away"), &self.directory).unwrap();
    }
}

#[test]
fn changes_are_503_and_nothing_changes_until_it_can_be_written_again() {
    let mut place = Obstructible::with(&[]);
    let alice = place.service.editor("alice");
    let path = draft(&alice);
    place.obstruct();
    let refused = [
        alice.post("/v1/invoices", &content()),
        alice.put(&path, "\"1\"", &content()),
        alice.patch(&path, "\"1\"", &serde_json::json!({ "memo": "x" })),
        alice.delete(&path, "\"1\""),
    ];
    for answer in refused {
        assert_eq!(answer.status, 503, "{answer}");
        assert_eq!(answer.json()["type"], "/problems/unavailable");
        assert_eq!(answer.header("retry-after"), "5");
    }
    let read = alice.get(&path);
    assert_eq!((read.status, read.etag()), (200, "\"1\""));
    let list = alice.get("/v1/invoices").json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);

    place.clear();
    let since = Instant::now();
    while alice.delete(&path, "\"1\"").status == 503 {
        assert!(
            since.elapsed() < Duration::from_secs(20),
            "it recovers by itself"
        );
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(alice.get(&path).status, 404);
    let journal = place.service.journal();
    let outage = one(&journal, "audit_sink_fail");
    assert!(outage["count"].as_u64().unwrap() >= 4, "{outage}");
    assert_eq!(of(&journal, "audit_gap").len(), 0, "nothing is missing");
}

#[test]
fn reads_may_be_refused_too() {
    let place = Obstructible::with(&[("APP_AUDIT__READS_WHEN_UNWRITABLE", "refuse")]);
    let alice = place.service.editor("alice");
    let path = draft(&alice);
    place.obstruct();
    assert_eq!(alice.delete(&path, "\"1\"").status, 503);
    assert_eq!(alice.get(&path).status, 503);
    assert_eq!(alice.get("/v1/me").status, 503);
    assert_eq!(place.service.anonymous().get("/healthz").status, 200);
}
