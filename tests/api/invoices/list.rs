//! `GET /v1/invoices`: newest first, a page at a time, only what the caller may see.
//!
//! Controls: AZ-05, IN-02

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{content_with, draft, issue};
use crate::harness::{Actor, Roles, Service};

fn amounts(page: &Value) -> Vec<i64> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["amount_minor"].as_i64().unwrap())
        .collect()
}

/// Drafts with the amounts 1 to `count`, each a second later.
fn drafts(service: &Service, actor: &Actor, count: i64) {
    for amount in 1..=count {
        service.clock.advance(time::Duration::seconds(1));
        actor.post("/v1/invoices", &content_with("amount_minor", json!(amount)));
    }
}

#[test]
fn an_empty_list_is_a_page() {
    let service = Service::start();
    assert_snapshot!(service.editor("alice").get("/v1/invoices"), @r#"
    200
    content-type: application/json

    {
      "items": [],
      "next_cursor": null
    }
    "#);
}

#[test]
fn following_next_shows_every_invoice_once_newest_first() {
    let service = Service::start();
    let alice = service.editor("alice");
    drafts(&service, &alice, 7);
    let (mut path, mut seen) = ("/v1/invoices?limit=3".to_owned(), Vec::new());
    loop {
        assert!(seen.len() < 7, "pages without end");
        let page = alice.get(&path);
        seen.push(amounts(&page.json()));
        let cursor = page.json()["next_cursor"].clone();
        let Some(link) = page.find("link") else {
            assert_eq!(cursor, Value::Null);
            break;
        };
        path = link
            .strip_prefix('<')
            .unwrap()
            .strip_suffix(">; rel=\"next\"")
            .unwrap()
            .to_owned();
        assert_eq!(
            path,
            format!("/v1/invoices?limit=3&cursor={}", cursor.as_str().unwrap())
        );
    }
    assert_eq!(seen, [vec![7, 6, 5], vec![4, 3, 2], vec![1]]);
}

#[test]
fn a_list_shows_ones_own_and_an_auditor_all() {
    let service = Service::start();
    draft(&service.editor("alice"));
    draft(&service.editor("alice"));
    let bob = service.editor("bob");
    draft(&bob);
    let count = |actor: &Actor| {
        actor.get("/v1/invoices").json()["items"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(count(&bob), 1);
    assert_eq!(count(&service.reader("ruth")), 0);
    assert_eq!(count(&service.auditor("olga")), 3);
}

#[test]
fn a_cursor_of_anothers_page_opens_nothing() {
    let service = Service::start();
    let alice = service.editor("alice");
    drafts(&service, &alice, 3);
    let cursor = alice.get("/v1/invoices?limit=1").json()["next_cursor"].clone();
    let path = format!("/v1/invoices?cursor={}", cursor.as_str().unwrap());
    assert_eq!(service.editor("bob").get(&path).json()["items"], json!([]));
}

#[test]
fn a_list_can_be_cut_down_to_a_status() {
    let service = Service::start();
    let (alice, ann) = (service.editor("alice"), service.approver("ann"));
    issue(&ann, &draft(&alice));
    draft(&alice);
    for actor in [&alice, &ann] {
        let count = |status: &str| {
            let page = actor.get(&format!("/v1/invoices?status={status}"));
            page.json()["items"].as_array().unwrap().len()
        };
        assert_eq!((count("issued"), count("draft"), count("void")), (1, 1, 0));
    }
    let next = ann.get("/v1/invoices?status=draft&limit=1");
    assert_eq!(next.find("link"), None);
}

#[test]
fn a_query_is_read_as_strictly_as_a_body() {
    let service = Service::start();
    let alice = service.editor("alice");
    for (query, status, error) in [
        ("limit=0", 422, "/limit range"),
        ("limit=101", 422, "/limit range"),
        ("limit=ten", 400, "/limit wrong_type"),
        ("limit=-1", 400, "/limit wrong_type"),
        ("limit=%2B7", 400, "/limit wrong_type"),
        ("limit=007", 400, "/limit wrong_type"),
        ("limit=", 400, "/limit wrong_type"),
        ("limit=%EF%BC%91", 400, "/limit wrong_type"),
        ("limit=1&limit=2", 400, "/limit repeated"),
        ("offset=3", 400, "/offset unknown_member"),
        ("status=gone", 400, "/status unknown_value"),
        ("cursor=AAAA", 400, "/cursor wrong_type"),
        ("status=%zz", 400, " percent_encoding"),
        ("status=%FF", 400, " percent_encoding"),
    ] {
        let refused = alice.get(&format!("/v1/invoices?{query}"));
        assert_eq!(
            (refused.status, refused.errors()),
            (status, vec![error.to_owned()]),
            "{query}"
        );
    }
    assert_eq!(alice.get("/v1/invoices?limit=100").status, 200);
}
