//! `PATCH /v1/invoices/{id}`: an approver moves an invoice on, and never their own. The sample has the
//! arrows.
//!
//! Controls: AZ-06, CC-04

use insta::assert_snapshot;
use serde_json::json;

use super::{Roles, Service, draft, issue};

#[test]
fn an_approver_issues_anothers_invoice_and_its_content_stays() {
    let service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    let issued = issue(&service.approver("ann"), &path);
    let mut drafted = alice.post("/v1/invoices", &super::content()).json();
    for member in ["id", "status"] {
        drafted[member] = issued.json()[member].clone();
    }
    assert_eq!((issued.json(), issued.etag()), (drafted, "\"2\""));
}

/// Separation of duties: roles add up, and must not add up to this.
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
