//! `GET` and `HEAD /v1/invoices/{id}`: one's own, or any with `invoices:read_any`.
//!
//! Controls: AZ-03, AZ-04

use insta::assert_snapshot;

use super::draft;
use crate::harness::{Roles, Service};

#[test]
fn an_owner_reads_their_invoice() {
    let service = Service::start();
    let alice = service.editor("alice");
    assert_snapshot!(alice.get(&draft(&alice)), @r#"
    200
    content-type: application/json
    etag: "1"

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

#[test]
fn an_auditor_reads_anybodys() {
    let service = Service::start();
    let path = draft(&service.editor("alice"));
    assert_eq!(service.auditor("olga").get(&path).status, 200);
}

#[test]
fn anothers_invoice_and_an_absent_one_are_the_same_404() {
    let service = Service::start();
    let foreign = draft(&service.editor("alice"));
    let bob = service.editor("bob");
    let absent = "/v1/invoices/01890a5d-ac96-774b-bcce-b302099a8057";
    let answer = bob.get(&foreign);
    assert_snapshot!(answer, @r#"
    404
    content-type: application/problem+json

    {
      "detail": "There is nothing here that this caller may know of.",
      "instance": "urn:uuid:[id]",
      "status": 404,
      "title": "Not found",
      "type": "/problems/not-found"
    }
    "#);
    assert_eq!(bob.get(absent).to_string(), answer.to_string());
    for unspeakable in [
        "x",
        "00000000-0000-0000-0000-000000000000",
        &foreign[13..].to_uppercase(),
    ] {
        let path = format!("/v1/invoices/{unspeakable}");
        assert_eq!(bob.get(&path).to_string(), answer.to_string(), "{path}");
    }
}

#[test]
fn a_head_is_a_get_without_its_body() {
    let service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    let (get, head) = (alice.get(&path), alice.send("HEAD", &path, &[], b""));
    assert_eq!((head.status, head.etag()), (200, get.etag()));
    assert_eq!(head.header("content-length"), get.header("content-length"));
    assert!(head.body.is_empty());
}
