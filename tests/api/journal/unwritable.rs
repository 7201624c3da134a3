//! No journal, no change (Vault's rule); and it recovers by itself (LO-07).

use std::{
    fs,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use super::of;
use crate::{
    harness::Service,
    invoices::{content, draft},
};

/// Puts a directory in the journal's place, where nothing can be written.
fn obstruct(service: &Service) -> PathBuf {
    let file = service.data_dir().join("audit.jsonl");
    fs::rename(&file, file.with_extension("away")).unwrap();
    fs::create_dir(&file).unwrap();
    file
}

#[test]
fn changes_are_503_and_nothing_changes_until_it_can_be_written_again() {
    let mut service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    let journal = obstruct(&service);
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

    fs::remove_dir(&journal).unwrap();
    let since = Instant::now();
    while alice.delete(&path, "\"1\"").status == 503 {
        assert!(
            since.elapsed() < Duration::from_secs(20),
            "it recovers by itself"
        );
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(alice.get(&path).status, 404);
    let journal = service.journal();
    let outages = of(&journal, "audit_sink_fail");
    assert!(outages[0]["count"].as_u64().unwrap() >= 4);
    assert_eq!(of(&journal, "audit_gap")[0]["reason_code"], "journal_gone");
}

#[test]
fn reads_may_be_refused_too() {
    let service = Service::with(&[("APP_AUDIT__READS_WHEN_UNWRITABLE", "refuse")]);
    let alice = service.editor("alice");
    let path = draft(&alice);
    obstruct(&service);
    assert_eq!(alice.delete(&path, "\"1\"").status, 503);
    assert_eq!(alice.get(&path).status, 503);
    assert_eq!(alice.get("/v1/me").status, 503);
    assert_eq!(service.anonymous().get("/healthz").status, 200);
}
