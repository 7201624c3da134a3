//! HTTP/1.0, which nginx speaks to a server unless it is told otherwise: one request on a connection,
//! framed by a length or without a body (RFC 9112 §6.1, §9.3; HT-03).

use crate::{
    harness::{Service, token_for},
    invoices::content,
};

#[test]
fn a_request_is_answered_and_the_connection_ends() {
    let service = Service::start();
    for options in ["", "connection: close\r\n", "connection: keep-alive\r\n"] {
        let mut connection = service.anonymous().connect();
        let head = format!("GET /healthz HTTP/1.0\r\nhost: localhost\r\n{options}\r\n");
        connection.write(head.as_bytes());
        // Behind it: never to be answered.
        connection.write(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let answer = connection.response("GET");
        assert_eq!(answer.status, 200);
        assert_ne!(answer.find("connection"), Some("keep-alive"), "{options}");
        assert_eq!(answer.find("transfer-encoding"), None);
        assert!(connection.is_closed(), "{options}");
    }
}

#[test]
fn a_body_has_the_length_that_is_declared() {
    let service = Service::start();
    let token = service.token(&token_for("alice", &["editor"]));
    let body = content().to_string();
    let mut connection = service.anonymous().connect();
    let create = format!(
        "POST /v1/invoices HTTP/1.0\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}GET / HTTP/1.1\r\n\r\n",
        body.len()
    );
    connection.write(create.as_bytes());
    assert_eq!(connection.response("POST").status, 201);
    assert!(connection.is_closed());
}

#[test]
fn an_expectation_means_nothing() {
    let service = Service::start();
    let mut connection = service.anonymous().connect();
    connection.write(
        b"POST /healthz HTTP/1.0\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n{}",
    );
    assert_eq!(connection.response("POST").status, 405);
}

#[test]
fn what_its_proxies_and_servers_read_differently_is_refused() {
    let service = Service::start();
    for head in [
        // Without a length a body would reach to the end of the connection.
        "POST /healthz HTTP/1.0\r\nhost: localhost\r\n\r\n",
        "POST /healthz HTTP/1.0\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n",
        "GET /healthz HTTP/1.0\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET https://localhost/healthz HTTP/1.0\r\n\r\n",
        "GET /healthz HTTP/0.9\r\nhost: localhost\r\n\r\n",
    ] {
        let mut connection = service.anonymous().connect();
        connection.write(head.as_bytes());
        assert_eq!(connection.response("").status, 400, "{head:?}");
        assert!(connection.is_closed(), "{head:?}");
    }
}
