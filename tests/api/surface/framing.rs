//! Requests that two parsers could read differently are refused, and nothing behind them is answered
//! (request smuggling; HT-01, HT-03, HT-04, HT-07).

use crate::{
    harness::{Service, token_for},
    invoices::content,
};

#[test]
fn what_is_refused_at_the_gate_ends_the_connection_after_its_answer() {
    let service = Service::start();
    let framed_twice = "POST /healthz HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n";
    for (refused, status) in [
        ("GET / HTTP/1.1\nhost: localhost\n\n", 400),
        ("GET / HTTP/1.1\r\nhost: evil.example\r\n\r\n", 421),
        (framed_twice, 400),
    ] {
        let mut connection = service.anonymous().connect();
        connection.write(refused.as_bytes());
        // Smuggled behind it: never to be answered.
        connection.write(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let answer = connection.response("GET");
        assert_eq!(answer.status, status, "{refused}");
        assert_eq!(answer.header("connection"), "close");
        assert!(connection.is_closed(), "{refused}");
    }
}

#[test]
fn answers_come_in_the_order_of_the_requests_and_a_refusal_last() {
    let service = Service::start();
    let mut connection = service.anonymous().connect();
    let good = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    connection.write(format!("{good}{good}GET / HTTP/1.1\r\n\r\n{good}").as_bytes());
    let statuses: Vec<u16> = (0..3).map(|_| connection.response("GET").status).collect();
    assert_eq!(statuses, [200, 200, 400]);
    assert!(connection.is_closed());
}

#[test]
fn a_request_behind_another_changes_nothing_of_its_answer() {
    let service = Service::start();
    let token = service.token(&token_for("alice", &["editor"]));
    let list = format!(
        "/v1/invoices HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    let health = "/healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut connection = service.anonymous().connect();
    connection.write(format!("GET {list}HEAD {health}HEAD {list}GET {health}").as_bytes());
    let list = connection.response("GET");
    assert_eq!(list.json()["items"], serde_json::json!([]));
    assert_eq!(connection.response("HEAD").status, 200);
    let head = connection.response("HEAD");
    assert_eq!(head.header("content-length"), list.header("content-length"));
    assert_eq!(
        connection.response("GET").json(),
        serde_json::json!({ "status": "ok" })
    );
}

#[test]
fn nothing_behind_a_request_that_closes_is_done() {
    let service = Service::start();
    let alice = service.editor("alice");
    let token = service.token(&token_for("alice", &["editor"]));
    let body = content().to_string();
    let create = format!(
        "POST /v1/invoices HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    for option in [
        "close",
        "Close",
        "keep-alive, close",
        "close\r\nconnection: keep-alive",
    ] {
        let mut connection = service.anonymous().connect();
        let first =
            format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: {option}\r\n\r\n");
        connection.write((first + &create).as_bytes());
        assert_eq!(connection.response("GET").header("connection"), "close");
        assert!(connection.is_closed(), "{option}");
    }
    assert_eq!(
        alice.get("/v1/invoices").json()["items"],
        serde_json::json!([])
    );
}

#[test]
fn many_requests_at_once_are_answered_one_by_one() {
    let service = Service::start();
    let mut connection = service.anonymous().connect();
    connection.write(
        "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"
            .repeat(200)
            .as_bytes(),
    );
    for _ in 0..200 {
        assert_eq!(connection.response("GET").status, 200);
    }
}

#[test]
fn a_client_cannot_refuse_itself() {
    let service = Service::start();
    let answer = service.anonymous().send("REFUSED", "/", &[], b"");
    assert_eq!(answer.status, 404);
}

#[test]
fn every_malformed_head_is_400() {
    let service = Service::start();
    let healthz = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n";
    for head in [
        // What only the framework behind the gate would refuse.
        "P$ST / HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        "GET /<a> HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        "GET  /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        "GET /healthz HTTP/2.0\r\nhost: localhost\r\n\r\n".to_owned(),
        "GET /healthz\r\nhost: localhost\r\n\r\n".to_owned(),
        "\r\nGET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        "GET https://localhost/healthz HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        "GET /healthz#x HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        "GET /%68ealthz HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        "GET /héalthz HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        "CONNECT localhost:443 HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        "OPTIONS * HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        "GET /healthz HTTP/1.1\r\n\r\n".to_owned(),
        format!("{healthz}host: localhost\r\n\r\n"),
        format!("{healthz}x : y\r\n\r\n"),
        format!("{healthz}x\r\n\r\n"),
        format!("{healthz}x: a\r\n b\r\n\r\n"),
        format!("{healthz}x: a\0b\r\n\r\n"),
        format!("{healthz}x: a\rb\r\n\r\n"),
        format!("{healthz}x: a\nb: c\r\n\r\n"),
        format!("{healthz}: empty\r\n\r\n"),
        "GET /< HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        "GET /` HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        "GET /healthz?a=\" HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        "G$ /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        "CONNECT /v1/me HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        format!("{healthz}content-length: 0\r\ncontent-length: 0\r\n\r\n"),
        format!("{healthz}content-length: 0, 0\r\n\r\n"),
        format!("{healthz}content-length: +1\r\n\r\n"),
        format!("{healthz}content-length: -1\r\n\r\n"),
        format!("{healthz}content-length: 0x1\r\n\r\n"),
        format!("{healthz}content-length: 99999999999999999999\r\n\r\n"),
        format!("{healthz}content-length:\r\n\r\n"),
        format!("{healthz}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n"),
        format!("{healthz}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n"),
        format!("{healthz}origin: https://a.example\r\norigin: https://b.example\r\n\r\n"),
        format!("{healthz}if-match: \"1\"\r\nIF-MATCH: \"2\"\r\n\r\n"),
    ] {
        let mut connection = service.anonymous().connect();
        connection.write(head.as_bytes());
        assert_eq!(connection.response("").status, 400, "{head:?}");
        assert!(connection.is_closed(), "{head:?}");
    }
    for coding in [
        "gzip",
        "chunked, gzip",
        "gzip, chunked",
        "identity",
        "xchunked",
        "",
    ] {
        let mut connection = service.anonymous().connect();
        connection.write(format!("{healthz}transfer-encoding: {coding}\r\n\r\n").as_bytes());
        assert_eq!(connection.response("").status, 501, "{coding}");
    }
}

#[test]
fn a_body_in_tiny_chunks_breaks_off() {
    let service = Service::start();
    let alice = service.editor("alice");
    let body = content().to_string();
    let headers = [
        ("content-type", "application/json"),
        ("transfer-encoding", "chunked"),
    ];
    // 64 KiB of body: 256 chunks and one for every 256 bytes of the limit.
    for (spaces, status) in [(400, 201), (600, 400)] {
        let mut connection = alice.open("POST", "/v1/invoices", &headers);
        let mut chunks = format!("{:x}\r\n{body}\r\n", body.len());
        chunks += &"1\r\n \r\n".repeat(spaces);
        connection.write((chunks + "0\r\n\r\n").as_bytes());
        let answer = connection.response("POST");
        assert_eq!(answer.status, status, "{spaces}");
        if status == 400 {
            assert_eq!(answer.errors(), [" incomplete"]);
        }
    }
}
