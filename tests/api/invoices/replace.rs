//! `PUT /v1/invoices/{id}`: the owner replaces a draft's content, of the version they read.
//!
//! Controls: CC-01

use insta::assert_snapshot;
use serde_json::json;

use super::{content, content_with, draft, issue};
use crate::harness::{Roles, Service};

#[test]
fn an_owner_replaces_the_content() {
    let service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    service.clock.advance(time::Duration::minutes(1));
    let replaced = alice.put(&path, "\"1\"", &content_with("memo", json!("thank you")));
    assert_snapshot!(replaced, @r#"
    200
    content-type: application/json
    etag: "2"

    {
      "amount_minor": 1999,
      "created_at": "2030-01-15T12:00:00Z",
      "currency": "EUR",
      "customer_email": "ada@example.com",
      "customer_name": "Ada Lovelace",
      "due_on": "2030-01-31",
      "id": "[id]",
      "memo": "thank you",
      "owner": "alice",
      "status": "draft",
      "updated_at": "2030-01-15T12:01:00Z"
    }
    "#);
    assert_eq!(alice.get(&path).json(), replaced.json());
}

#[test]
fn without_if_match_it_is_428() {
    let service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    assert_snapshot!(alice.json("PUT", &path, &[], &content()), @r#"
    428
    content-type: application/problem+json

    {
      "detail": "Name the version that you read: send its entity tag in If-Match.",
      "instance": "urn:uuid:[id]",
      "status": 428,
      "title": "Precondition required",
      "type": "/problems/precondition-required"
    }
    "#);
    assert_eq!(alice.put(&path, "*", &content()).status, 428);
}

#[test]
fn a_stale_or_weak_etag_is_412_and_changes_nothing() {
    let service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    let changed = content_with("amount_minor", json!(5));
    assert_snapshot!(alice.put(&path, "\"7\"", &changed), @r#"
    412
    content-type: application/problem+json

    {
      "detail": "The resource has changed since the version that If-Match names. Read it again.",
      "instance": "urn:uuid:[id]",
      "status": 412,
      "title": "Precondition failed",
      "type": "/problems/precondition-failed"
    }
    "#);
    assert_eq!(alice.put(&path, "W/\"1\"", &changed).status, 412);
    assert_eq!(alice.get(&path).json()["amount_minor"], 1999);
}

#[test]
fn a_malformed_if_match_is_400() {
    let service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    for etag in ["1", "\"1", "\"1\" \"2\"", "\"1\", *", "w/\"1\"", ""] {
        assert_eq!(alice.put(&path, etag, &content()).status, 400, "{etag}");
    }
}

#[test]
fn any_of_several_etags_may_match() {
    let service = Service::start();
    let alice = service.editor("alice");
    for list in [
        r#""4", "1""#,
        r#""a,b", "1""#,
        "\"\u{e9}\", \"1\"",
        r#""1","#,
        r#"W/"1",,"1""#,
    ] {
        let path = draft(&alice);
        assert_eq!(alice.put(&path, list, &content()).status, 200, "{list}");
    }
}

#[test]
fn of_two_changes_to_one_version_one_wins() {
    let service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let changes: Vec<_> = (1..=6)
            .map(|amount| {
                let (alice, path) = (&alice, &path);
                let content = content_with("amount_minor", json!(amount));
                scope.spawn(move || alice.put(path, "\"1\"", &content).status)
            })
            .collect();
        changes
            .into_iter()
            .map(|change| change.join().unwrap())
            .collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
}

#[test]
fn only_a_draft_can_be_replaced() {
    let service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    let issued = issue(&service.approver("ann"), &path);
    assert_snapshot!(alice.put(&path, issued.etag(), &content()), @r#"
    409
    content-type: application/problem+json

    {
      "detail": "The resource is not in a state that permits this.",
      "errors": [
        {
          "code": "not_a_draft",
          "pointer": "/status"
        }
      ],
      "instance": "urn:uuid:[id]",
      "status": 409,
      "title": "Conflict",
      "type": "/problems/conflict"
    }
    "#);
}

#[test]
fn anothers_invoice_is_not_there_to_be_replaced() {
    let service = Service::start();
    let path = draft(&service.editor("alice"));
    assert_eq!(
        service.editor("bob").put(&path, "\"1\"", &content()).status,
        404
    );
}

#[test]
fn who_may_see_every_invoice_still_writes_only_their_own() {
    let service = Service::start();
    let path = draft(&service.editor("alice"));
    let both = service.actor("olga", &["auditor", "editor"]);
    assert_eq!(both.put(&path, "\"1\"", &content()).status, 403);
}
