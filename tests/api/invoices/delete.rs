//! `DELETE /v1/invoices/{id}`: the owner, a draft, and only soon after proving who they are.
//!
//! Controls: SC-03

use insta::assert_snapshot;

use super::{draft, issue};
use crate::harness::{Roles, Service, token_for};

#[test]
fn an_owner_deletes_a_draft() {
    let service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    assert_snapshot!(alice.delete(&path, "\"1\""), @"
    204
    ");
    assert_eq!(alice.get(&path).status, 404);
}

#[test]
fn a_login_of_ten_minutes_ago_is_not_recent_enough() {
    let service = Service::start();
    let path = draft(&service.editor("alice"));
    let mut request = token_for("alice", &["editor"]);
    request.authentication_age = time::Duration::minutes(10);
    let stale = service.bearer(&service.token(&request));
    assert_eq!(stale.get(&path).status, 200);
    assert_snapshot!(stale.delete(&path, "\"1\""), @r#"
    401
    content-type: application/problem+json
    www-authenticate: Bearer realm="api", error="insufficient_user_authentication", max_age=300

    {
      "detail": "This needs an access token that is valid, meant for this service and recent enough.",
      "instance": "urn:uuid:[id]",
      "status": 401,
      "title": "Unauthenticated",
      "type": "/problems/unauthenticated"
    }
    "#);
    assert_eq!(stale.get(&path).status, 200);
}

/// An issuer with a wrong clock, or one that lets its clients choose the claim.
#[test]
fn a_login_in_the_future_is_not_recent() {
    let service = Service::start();
    let path = draft(&service.editor("alice"));
    let mut request = token_for("alice", &["editor"]);
    request.authentication_age = time::Duration::minutes(-1);
    let early = service.bearer(&service.token(&request));
    assert_eq!(early.get(&path).status, 200);
    assert_eq!(early.delete(&path, "\"1\"").status, 401);
    assert_eq!(early.get(&path).status, 200);
}

#[test]
fn an_editor_cannot_delete_anothers_invoice() {
    let service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    assert_eq!(service.editor("bob").delete(&path, "\"1\"").status, 404);
    assert_eq!(service.approver("ann").delete(&path, "\"1\"").status, 403);
    assert_eq!(alice.get(&path).status, 200);
}

#[test]
fn an_issued_invoice_stays() {
    let service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    let issued = issue(&service.approver("ann"), &path);
    assert_eq!(alice.delete(&path, issued.etag()).status, 409);
}

#[test]
fn without_if_match_it_is_428_and_stale_412() {
    let service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    assert_eq!(alice.send("DELETE", &path, &[], b"").status, 428);
    assert_eq!(alice.delete(&path, "\"2\"").status, 412);
}
