//! What is kept of a text that is accepted: the same letters, and one kind of line end.
//!
//! Controls: IN-02

use serde_json::json;

use super::content_with;
use crate::harness::{Roles, Service};

#[test]
fn a_memo_with_windows_line_ends_is_kept_with_lf() {
    let service = Service::start();
    let alice = service.editor("alice");
    let created = alice.post(
        "/v1/invoices",
        &content_with("memo", json!("one\r\ntwo\r\n\tthree\n")),
    );
    assert_eq!(created.status, 201, "{created}");
    let path = created.header("location").to_owned();
    let memo = || alice.get(&path).json()["memo"].clone();
    assert_eq!(memo(), "one\ntwo\n\tthree\n");
    let changed = alice.patch(&path, "\"1\"", &json!({"memo": "four\r\nfive"}));
    assert_eq!(changed.json()["memo"], "four\nfive");
    assert_eq!(memo(), "four\nfive");
}

#[test]
fn a_carriage_return_that_ends_no_line_is_refused() {
    let service = Service::start();
    let alice = service.editor("alice");
    for memo in ["one\rtwo", "one\r", "\rone", "one\r\r\ntwo", "one\n\rtwo"] {
        let refused = alice.post("/v1/invoices", &content_with("memo", json!(memo)));
        assert_eq!(refused.status, 422, "{memo:?}");
        assert_eq!(refused.errors(), ["/memo forbidden_character"], "{memo:?}");
    }
    // A name is one line.
    let two_lines = content_with("customer_name", json!("Ada\r\nLovelace"));
    assert_eq!(alice.post("/v1/invoices", &two_lines).status, 422);
}

#[test]
fn the_same_text_with_other_line_ends_is_the_same_content() {
    let service = Service::start();
    let alice = service.editor("alice");
    let create = |memo: &str| {
        let key = [("idempotency-key", "one-attempt")];
        alice.json(
            "POST",
            "/v1/invoices",
            &key,
            &content_with("memo", json!(memo)),
        )
    };
    let (first, second) = (create("one\r\ntwo"), create("one\ntwo"));
    assert_eq!((first.status, second.status), (201, 201));
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(create("one two").status, 422);
}
