//! A change is on record before it is made and after it (LO-01).

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::{Connection, Executor, SqliteConnection};

use super::{story, verified};
use crate::{
    harness::Service,
    invoices::{content, draft, issue},
    surface::probes,
};

#[test]
fn every_change_is_an_attempt_and_its_outcome() {
    let mut service = Service::start();
    let (alice, ann) = (service.editor("alice"), service.approver("ann"));
    let created = alice.post("/v1/invoices", &content());
    let path = created.header("location").to_owned();
    alice.put(&path, "\"1\"", &content());
    alice.patch(&path, "\"2\"", &json!({ "memo": "soon" }));
    ann.patch(&path, "\"3\"", &json!({ "status": "issued" }));
    alice.delete(&draft(&alice), "\"1\"");

    let journal = verified(&mut service);
    let twice = |event: &str, outcome: &str| {
        [
            format!("attempt {event}"),
            format!("outcome {outcome} success"),
        ]
    };
    assert_eq!(
        story(&journal, "invoices_create"),
        [
            twice("sensitive_create", "sensitive_create"),
            twice("sensitive_create", "sensitive_create")
        ]
        .concat()
    );
    assert_eq!(
        story(&journal, "invoices_replace"),
        twice("sensitive_update", "sensitive_update")
    );
    assert_eq!(
        story(&journal, "invoices_change"),
        [
            twice("sensitive_update", "sensitive_update"),
            // What it is shows when the body has been looked at.
            twice("sensitive_update", "sensitive_approve"),
        ]
        .concat()
    );
    assert_eq!(
        story(&journal, "invoices_delete"),
        twice("sensitive_delete", "sensitive_delete")
    );

    let lines: Vec<_> = journal
        .iter()
        .filter(|line| line["action"] == "invoices_create")
        .collect();
    let (attempt, outcome) = (lines[0], lines[1]);
    for line in [attempt, outcome] {
        assert_eq!(line["request_id"], created.header("x-request-id"));
        assert_eq!(
            line["actor"],
            json!({ "iss": "https://issuer.localhost", "sub": "alice" })
        );
        assert_eq!(line["src_ip"], "127.0.0.1");
        assert_eq!(line["ts"], "2030-01-15T12:00:00.000Z");
    }
    assert_eq!(outcome["attempt"], attempt["seq"]);
    assert_eq!(outcome["status"], 201);
    let id = path.rsplit_once('/').unwrap().1;
    assert_eq!(outcome["object"], json!({ "type": "invoices", "id": id }));
}

#[test]
fn a_change_that_fails_says_why() {
    let mut service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    alice.delete(&path, "\"7\"");
    issue(&service.approver("ann"), &path);
    alice.delete(&path, "\"2\"");
    alice.delete("/v1/invoices/01a20268-1505-7e7e-84e5-bfde46912a03", "\"1\"");
    let journal = verified(&mut service);
    assert_eq!(
        story(&journal, "invoices_delete"),
        [
            "attempt sensitive_delete",
            "outcome sensitive_delete deny outdated",
            "attempt sensitive_delete",
            "point sequence_fail wrong_state",
            "outcome sensitive_delete deny wrong_state",
            "attempt sensitive_delete",
            "outcome sensitive_delete deny not_found",
            "point malicious_excess_404 not_found",
        ]
    );
}

#[test]
fn a_request_that_reaches_no_handler_attempts_nothing() {
    let mut service = Service::start();
    let alice = service.editor("alice");
    let refused = [
        alice.post("/v1/invoices", &json!({})),
        alice.send("DELETE", "/v1/invoices/x", &[], b""),
        service.reader("bob").post("/v1/invoices", &content()),
    ];
    assert_eq!(refused.map(|answer| answer.status), [400, 404, 403]);
    let journal = verified(&mut service);
    assert!(
        journal.iter().all(|line| line["phase"] == "point"),
        "{journal:#?}"
    );
}

#[test]
fn a_panic_is_an_outcome() {
    let mut service = Service::serving(probes::service(), &[]);
    let answer = service.editor("alice").send("POST", "/v1/panic", &[], b"");
    assert_eq!(answer.status, 500);
    let journal = verified(&mut service);
    assert_eq!(
        story(&journal, "panic_create"),
        ["attempt sensitive_create", "outcome sensitive_create panic"]
    );
    let panic = super::one(&journal, "sys_panic");
    assert_eq!(panic["request_id"], answer.header("x-request-id"));
}

#[test]
fn a_change_that_nobody_saw_end_has_no_outcome() {
    let impatient = ("APP_PUBLIC__LIMITS__REQUEST_TIMEOUT_SECONDS", "1");
    let mut service = Service::serving(probes::service(), &[impatient]);
    let answer = service.editor("alice").send("POST", "/v1/stuck", &[], b"");
    assert_eq!(answer.status, 503);
    let journal = verified(&mut service);
    assert_eq!(
        story(&journal, "stuck_create"),
        ["attempt sensitive_create"]
    );
}

#[test]
fn a_change_that_outlives_its_time_is_on_record_as_it_ended() {
    let impatient = ("APP_PUBLIC__LIMITS__REQUEST_TIMEOUT_SECONDS", "1");
    let mut service = Service::with(&[impatient]);
    let alice = service.editor("alice");
    let path = draft(&alice);
    let late = while_the_database_is_locked(&service, || alice.put(&path, "\"1\"", &content()));
    assert_eq!(late.status, 503, "{late}");
    let since = Instant::now();
    while alice.get(&path).etag() == "\"1\"" {
        assert!(
            since.elapsed() < Duration::from_secs(10),
            "it is made all the same"
        );
    }
    let journal = verified(&mut service);
    let expected = [
        "attempt sensitive_update",
        "outcome sensitive_update success",
    ];
    assert_eq!(story(&journal, "invoices_replace"), expected);
}

/// Does this while another process holds the database's one write lock.
fn while_the_database_is_locked<T>(service: &Service, work: impl FnOnce() -> T) -> T {
    let file = service.data_dir().join("app.db");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let url = format!("sqlite:{}", file.display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        connection.execute("BEGIN IMMEDIATE").await.unwrap();
        let result = work();
        connection.execute("ROLLBACK").await.unwrap();
        result
    })
}

#[test]
fn what_exists_already_and_what_is_too_many_are_on_record_as_themselves() {
    let one = ("APP_PER_OWNER__INVOICES", "1");
    let mut service = Service::serving(probes::service(), &[one]);
    let alice = service.editor("alice");
    for _ in 0..10 {
        assert_eq!(alice.send("POST", "/v1/taken", &[], b"").status, 409);
    }
    draft(&alice);
    assert_eq!(alice.post("/v1/invoices", &content()).status, 409);
    let journal = verified(&mut service);
    let taken = story(&journal, "taken_create");
    assert_eq!(
        taken[..2],
        [
            "attempt sensitive_create",
            "outcome sensitive_create deny already_exists"
        ]
    );
    assert_eq!(
        story(&journal, "invoices_create")[2..4],
        [
            "attempt sensitive_create",
            "outcome sensitive_create deny limit_reached"
        ]
    );
    assert_eq!(super::of(&journal, "sequence_fail"), Vec::<&Value>::new());
    assert_eq!(super::one(&journal, "input_validation_fail")["count"], 10);
    let excess = super::one(&journal, "excess_owner_limit");
    assert_eq!(excess["actor"]["sub"], "alice");
}

#[test]
fn an_approval_is_one_only_when_an_invoice_is_issued() {
    let mut service = Service::start();
    let path = draft(&service.editor("alice"));
    let void = service
        .approver("ann")
        .patch(&path, "\"1\"", &json!({ "status": "void" }));
    assert_eq!(void.status, 200);
    let journal = verified(&mut service);
    let expected = [
        "attempt sensitive_update",
        "outcome sensitive_update success",
    ];
    assert_eq!(story(&journal, "invoices_change"), expected);
}

#[test]
fn a_creation_that_is_asked_for_again_says_so() {
    let mut service = Service::start();
    let alice = service.editor("alice");
    for _ in 0..2 {
        let key = [("idempotency-key", "once")];
        assert_eq!(
            alice.json("POST", "/v1/invoices", &key, &content()).status,
            201
        );
    }
    let journal = verified(&mut service);
    assert_eq!(
        story(&journal, "invoices_create"),
        [
            "attempt sensitive_create",
            "outcome sensitive_create success",
            "attempt sensitive_create",
            "outcome sensitive_create success repeated",
        ]
    );
}
