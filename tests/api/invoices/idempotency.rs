//! `Idempotency-Key` on `POST /v1/invoices`: asking again does not make it twice.
//!
//! Controls: CC-03

use serde_json::{Value, json};

use super::{content, content_with};
use crate::harness::{Actor, Roles, Service};

fn attempt(actor: &Actor, key: &str, content: &Value) -> (u16, Value) {
    let answer = actor.json("POST", "/v1/invoices", &[("idempotency-key", key)], content);
    (answer.status, answer.json())
}

#[test]
fn an_idempotency_key_makes_one_invoice_and_the_same_answer() {
    let service = Service::start();
    let alice = service.editor("alice");
    let first = attempt(&alice, "attempt-1", &content());
    assert_eq!(first.0, 201);
    service.clock.advance(time::Duration::hours(1));
    let alice_again = service.editor("alice");
    assert_eq!(attempt(&alice_again, "attempt-1", &content()), first);
    assert_eq!(
        alice_again.get("/v1/invoices").json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn an_idempotency_key_with_another_body_is_422() {
    let service = Service::start();
    let alice = service.editor("alice");
    attempt(&alice, "attempt-1", &content());
    let (status, problem) = attempt(&alice, "attempt-1", &content_with("amount_minor", json!(1)));
    assert_eq!(
        (status, &problem["errors"][0]["code"]),
        (422, &json!("idempotency_key_reused"))
    );
}

#[test]
fn an_idempotency_key_is_the_callers_own() {
    let service = Service::start();
    let alices = attempt(&service.editor("alice"), "attempt-1", &content());
    let bobs = attempt(&service.editor("bob"), "attempt-1", &content());
    assert_eq!(bobs.0, 201);
    assert_ne!(alices.1["id"], bobs.1["id"]);
}

#[test]
fn an_idempotency_key_is_forgotten_after_its_retention() {
    let service = Service::start();
    let first = attempt(&service.editor("alice"), "attempt-1", &content());
    service.clock.advance(time::Duration::hours(25));
    let second = attempt(&service.editor("alice"), "attempt-1", &content());
    assert_eq!(second.0, 201);
    assert_ne!(first.1["id"], second.1["id"]);
}

#[test]
fn attempts_at_the_same_time_make_one_invoice() {
    let service = Service::start();
    let alice = service.editor("alice");
    let answers: Vec<_> = std::thread::scope(|scope| {
        let attempts: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| attempt(&alice, "attempt-1", &content())))
            .collect();
        attempts
            .into_iter()
            .map(|attempt| attempt.join().unwrap())
            .collect()
    });
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    assert_eq!(
        alice.get("/v1/invoices").json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_malformed_idempotency_key_is_400() {
    let service = Service::start();
    let alice = service.editor("alice");
    let (bare, quoted) = ("x".repeat(129), format!("\"{}\"", "x".repeat(129)));
    for key in [
        "",
        "two words",
        "ümlaut",
        &bare,
        "\"",
        "\"\"",
        "\"open",
        "closed\"",
        "in\"side",
        "\"one\"two",
        "\"one\" \"two\"",
        "\"one\";parameter=1",
        "\"\\x\"",
        "\"open\\\"",
        "\"tab\tin it\"",
        "\"ümlaut\"",
        &quoted,
    ] {
        let (status, problem) = attempt(&alice, key, &content());
        assert_eq!(status, 400, "{key}");
        assert_eq!(problem["errors"][0]["code"], "idempotency_key", "{key}");
    }
}

#[test]
fn a_key_in_quotes_and_the_same_key_without_are_one() {
    let service = Service::start();
    let alice = service.editor("alice");
    for (bare, quoted) in [
        ("attempt-1", "\"attempt-1\""),
        ("back\\slash", "\"back\\\\slash\""),
    ] {
        let first = attempt(&alice, bare, &content());
        assert_eq!(first.0, 201);
        assert_eq!(attempt(&alice, quoted, &content()), first);
    }
    // What only quotes can hold.
    let longest = format!("\"{}\"", "\\\"".repeat(128));
    for key in ["\"two words\"", &longest] {
        let first = attempt(&alice, key, &content());
        assert_eq!(first.0, 201, "{key}");
        assert_eq!(attempt(&alice, key, &content()), first);
    }
    let items = alice.get("/v1/invoices").json()["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 4);
}
