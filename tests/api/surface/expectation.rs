//! `Expect: 100-continue`: a client is asked for its body when the body will be read, and not before
//! (HT-08).

use std::time::Duration;

use crate::{
    harness::{Actor, Connection, Service, token_for},
    invoices::content,
};

const JSON: (&str, &str) = ("content-type", "application/json");
const EXPECT: (&str, &str) = ("expect", "100-continue");

/// A creation whose body its client holds back.
fn held(actor: &Actor, headers: &[(&str, &str)]) -> Connection {
    let length = content().to_string().len().to_string();
    let length = ("content-length", length.as_str());
    actor.open(
        "POST",
        "/v1/invoices",
        &[headers, &[EXPECT, length]].concat(),
    )
}

#[test]
fn a_body_that_will_be_read_is_asked_for_once() {
    let service = Service::start();
    let mut connection = held(&service.editor("alice"), &[JSON]);
    assert!(connection.is_invited());
    connection.write(content().to_string().as_bytes());
    assert_eq!(connection.response("POST").status, 201);
    assert!(connection.is_closed());
}

#[test]
fn a_refused_request_gets_its_answer_without_being_asked_for_a_body() {
    let service = Service::start();
    let editor = service.editor("alice");
    let reader = service.actor("bob", &["reader"]);
    let too_long = [JSON, EXPECT, ("content-length", "1000000")];
    for (mut connection, status) in [
        (held(&service.anonymous(), &[JSON]), 401),
        (held(&reader, &[JSON]), 403),
        (held(&editor, &[("content-type", "text/plain")]), 415),
        (held(&editor, &[JSON, ("accept", "text/html")]), 406),
        (editor.open("POST", "/v1/invoices", &too_long), 413),
        (editor.open("POST", "/v1/nothing", &too_long), 404),
        (editor.open("GET", "/healthz", &too_long), 200),
    ] {
        assert_eq!(connection.response("POST").status, status);
        assert!(connection.is_closed(), "{status}");
    }
}

#[test]
fn a_caller_over_its_quota_is_not_asked_for_a_body() {
    let service = Service::with(&[
        ("APP_RATE_LIMIT__PER_ADDRESS__PER_SECOND", "1"),
        ("APP_RATE_LIMIT__PER_ADDRESS__BURST", "1"),
    ]);
    let alice = service.editor("alice");
    assert_eq!(alice.get("/v1/me").status, 200);
    assert_eq!(held(&alice, &[JSON]).response("POST").status, 429);
}

#[test]
fn nothing_is_read_behind_an_answer_whose_body_was_held_back() {
    let service = Service::start();
    for framing in ["content-length: 5", "transfer-encoding: chunked"] {
        let mut connection = service.anonymous().connect();
        let head = format!(
            "POST /v1/invoices HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\n{framing}\r\n\r\n"
        );
        connection.write(head.as_bytes());
        let answer = connection.response("POST");
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("connection"), "close", "{framing}");
        // At once, and not when the time for the body is over (15 s).
        assert!(
            connection.has_answer_within(Duration::from_secs(8)),
            "{framing}"
        );
        assert!(connection.is_closed(), "{framing}");
    }
}

#[test]
fn a_client_that_does_not_wait_is_not_asked() {
    let service = Service::start();
    let token = service.token(&token_for("alice", &["editor"]));
    let body = content().to_string();
    let mut connection = service.anonymous().connect();
    // One write: in two, the second might come when the first has been asked about.
    let request = format!(
        "POST /v1/invoices HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write(request.as_bytes());
    assert_eq!(connection.response("POST").status, 201);
}

#[test]
fn the_next_request_on_the_connection_is_answered() {
    let service = Service::start();
    let token = service.token(&token_for("alice", &["editor"]));
    let body = content().to_string();
    let mut connection = service.anonymous().connect();
    for framed in [true, false] {
        let framing = if framed {
            format!("content-length: {}", body.len())
        } else {
            "transfer-encoding: chunked".to_owned()
        };
        let head = format!(
            "POST /v1/invoices HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\nexpect: 100-Continue\r\n{framing}\r\n\r\n"
        );
        connection.write(head.as_bytes());
        assert!(connection.is_invited());
        let body = if framed {
            body.clone()
        } else {
            format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len())
        };
        connection.write(body.as_bytes());
        assert_eq!(connection.response("POST").status, 201);
    }
    connection.write(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert_eq!(connection.response("GET").status, 200);
}

#[test]
fn without_a_body_there_is_nothing_to_ask_for() {
    let service = Service::start();
    let answer = service.anonymous().send("GET", "/healthz", &[EXPECT], b"");
    assert_eq!(answer.status, 200);
}
