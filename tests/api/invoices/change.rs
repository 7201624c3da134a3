//! `PATCH /v1/invoices/{id}`: who may write which member, and the states.
//!
//! Controls: AZ-06, CC-04

use insta::assert_snapshot;
use serde_json::json;

use super::{draft, issue};
use crate::harness::{Roles, Service};

#[test]
fn an_owner_changes_members_of_a_draft() {
    let service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    let changed = alice.patch(
        &path,
        "\"1\"",
        &json!({ "memo": "thank you", "amount_minor": 5 }),
    );
    assert_snapshot!(changed, @r#"
    200
    content-type: application/json
    etag: "2"

    {
      "amount_minor": 5,
      "created_at": "2030-01-15T12:00:00Z",
      "currency": "EUR",
      "customer_email": "ada@example.com",
      "customer_name": "Ada Lovelace",
      "due_on": "2030-01-31",
      "id": "[id]",
      "memo": "thank you",
      "owner": "alice",
      "status": "draft",
      "updated_at": "2030-01-15T12:00:00Z"
    }
    "#);
    let cleared = alice.patch(&path, changed.etag(), &json!({ "memo": null }));
    assert_eq!(cleared.json()["memo"], json!(null));
}

#[test]
fn null_removes_only_what_may_be_absent() {
    let service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    for member in ["customer_name", "amount_minor", "due_on", "status"] {
        let refused = alice.patch(&path, "\"1\"", &json!({ member: null }));
        assert_eq!(
            (refused.status, refused.errors()),
            (400, vec![format!("/{member} wrong_type")])
        );
    }
}

#[test]
fn an_approver_issues_anothers_invoice() {
    let service = Service::start();
    let path = draft(&service.editor("alice"));
    let issued = issue(&service.approver("ann"), &path);
    assert_eq!(
        (issued.json()["status"].as_str(), issued.etag()),
        (Some("issued"), "\"2\"")
    );
}

#[test]
fn nobody_approves_their_own_invoice_whatever_their_roles() {
    let service = Service::start();
    let both = service.actor("alice", &["editor", "approver"]);
    let path = draft(&both);
    assert_snapshot!(both.patch(&path, "\"1\"", &json!({ "status": "issued" })), @r#"
    403
    content-type: application/problem+json

    {
      "detail": "The access token does not permit this.",
      "instance": "urn:uuid:[id]",
      "status": 403,
      "title": "Forbidden",
      "type": "/problems/forbidden"
    }
    "#);
    assert_eq!(both.get(&path).json()["status"], "draft");
}

#[test]
fn an_editor_cannot_write_the_status() {
    let service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    let refused = alice.patch(&path, "\"1\"", &json!({ "memo": "x", "status": "void" }));
    assert_eq!(refused.status, 403);
    assert_eq!(alice.get(&path).json()["memo"], json!(null));
}

#[test]
fn an_approver_cannot_write_the_content() {
    let service = Service::start();
    let path = draft(&service.editor("alice"));
    let ann = service.approver("ann");
    for change in [
        json!({ "amount_minor": 1 }),
        json!({ "amount_minor": 1, "status": "issued" }),
    ] {
        assert_eq!(ann.patch(&path, "\"1\"", &change).status, 403, "{change}");
    }
    assert_eq!(ann.get(&path).json()["amount_minor"], 1999);
}

#[test]
fn a_state_moves_along_the_arrows_only() {
    let service = Service::start();
    let ann = service.approver("ann");
    let all = ["draft", "issued", "paid", "void"];
    let reach: [(&str, &[&str]); 4] = [
        ("draft", &[]),
        ("issued", &["issued"]),
        ("paid", &["issued", "paid"]),
        ("void", &["void"]),
    ];
    for (from, steps) in reach {
        let path = draft(&service.editor("alice"));
        for step in steps {
            let etag = ann.get(&path).etag().to_owned();
            assert_eq!(
                ann.patch(&path, &etag, &json!({ "status": step })).status,
                200
            );
        }
        for to in all {
            let allowed = matches!(
                (from, to),
                ("draft" | "issued", "void") | ("draft", "issued") | ("issued", "paid")
            );
            if !allowed {
                let etag = ann.get(&path).etag().to_owned();
                let refused = ann.patch(&path, &etag, &json!({ "status": to }));
                assert_eq!(
                    refused.errors(),
                    ["/status illegal_transition"],
                    "{from} -> {to}"
                );
                assert_eq!(refused.status, 409);
            }
        }
    }
}

#[test]
fn the_content_of_an_issued_invoice_is_fixed() {
    let service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    let issued = issue(&service.approver("ann"), &path);
    let refused = alice.patch(&path, issued.etag(), &json!({ "memo": "x" }));
    assert_eq!(
        (refused.status, refused.errors()),
        (409, vec!["/status not_a_draft".to_owned()])
    );
}

#[test]
fn a_change_of_nothing_is_422_and_makes_no_version() {
    let service = Service::start();
    let path = draft(&service.editor("alice"));
    let ann = service.approver("ann");
    let refused = ann.patch(&path, "\"1\"", &json!({}));
    assert_eq!(
        (refused.status, refused.errors()),
        (422, vec![" empty".to_owned()])
    );
    assert_eq!(ann.get(&path).etag(), "\"1\"");
}

#[test]
fn an_unknown_state_is_400() {
    let service = Service::start();
    let path = draft(&service.editor("alice"));
    let refused = service
        .approver("ann")
        .patch(&path, "\"1\"", &json!({ "status": "gone" }));
    assert_eq!(
        (refused.status, refused.errors()),
        (400, vec!["/status unknown_value".to_owned()])
    );
}

#[test]
fn only_a_merge_patch_is_read() {
    let service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    assert_snapshot!(alice.json("PATCH", &path, &[("if-match", "\"1\"")], &json!({})), @r#"
    415
    accept: application/merge-patch+json
    accept-patch: application/merge-patch+json
    content-type: application/problem+json

    {
      "detail": "The request body must have a media type that this operation accepts, and no content coding.",
      "instance": "urn:uuid:[id]",
      "status": 415,
      "title": "Unsupported media type",
      "type": "/problems/unsupported-media-type"
    }
    "#);
}

#[test]
fn without_if_match_it_is_428_and_stale_412_and_foreign_404() {
    let service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    let memo = json!({ "memo": "x" });
    let without = [("content-type", "application/merge-patch+json")];
    let body = memo.to_string();
    assert_eq!(
        alice.send("PATCH", &path, &without, body.as_bytes()).status,
        428
    );
    assert_eq!(alice.patch(&path, "\"9\"", &memo).status, 412);
    assert_eq!(
        service.editor("bob").patch(&path, "\"1\"", &memo).status,
        404
    );
}
