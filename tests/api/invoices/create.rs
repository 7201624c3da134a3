//! `POST /v1/invoices`: an editor drafts an invoice of their own.
//!
//! Controls: IN-01, AZ-07

use insta::assert_snapshot;

use super::{Roles, Service, content};

#[test]
fn an_editor_creates_a_draft() {
    let service = Service::start();
    let created = service.editor("alice").post("/v1/invoices", &content());
    assert_snapshot!(created, @r#"
    201
    content-type: application/json
    etag: "1"
    location: /v1/invoices/[id]

    {
      "amount_minor": 1999,
      "created_at": "2030-01-15T12:00:00Z",
      "currency": "EUR",
      "customer_email": "ada@example.com",
      "customer_name": "Ada Lovelace",
      "due_on": "2030-01-31",
      "id": "[id]",
      "memo": null,
      "owner": "alice",
      "status": "draft",
      "updated_at": "2030-01-15T12:00:00Z"
    }
    "#);
}
