//! An offer to speak another protocol is left, and HTTP/1.1 goes on (RFC 9110 §7.8): what follows is
//! the next request, not a tunnel (HT-03).

use crate::{
    harness::{Service, token_for},
    invoices::content,
};

/// As nginx's usual snippet sends it for every request, curl and Java for HTTP/2, a browser for a
/// websocket, and a client that means nothing well.
const OFFERS: [&str; 8] = [
    "connection: upgrade",
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13",
    "Upgrade: websocket",
    "upgrade:websocket\r\nconnection:keep-alive,upgrade",
    "connection: keep-alive\r\nconnection: upgrade\r\nupgrade: TLS/1.3, websocket",
    "UPGRADE: h2c\r\nUPGRADE: websocket",
    "connection: ,upgrade, ,\tUPGRADE\t,",
];

#[test]
fn an_offered_upgrade_is_left_and_the_next_request_is_answered() {
    let service = Service::start();
    for offer in OFFERS {
        let health = format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\n{offer}\r\n\r\n");
        let unknown = "GET /nothing HTTP/1.1\r\nhost: localhost\r\n\r\n";
        let mut connection = service.anonymous().connect();
        connection.write(format!("{health}{unknown}{health}").as_bytes());
        for status in [200, 404, 200] {
            let answer = connection.response("GET");
            assert_eq!(answer.status, status, "{offer}");
            assert_eq!(answer.find("connection"), None, "{offer}");
            assert_eq!(answer.find("upgrade"), None, "{offer}");
        }
    }
}

#[test]
fn the_body_of_a_request_with_an_offer_ends_where_its_framing_says() {
    let service = Service::start();
    let token = service.token(&token_for("alice", &["editor"]));
    let body = content().to_string();
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let length = format!("content-length: {}", body.len());
    for offer in OFFERS {
        let mut connection = service.anonymous().connect();
        for (framing, body) in [
            (length.as_str(), &body),
            ("transfer-encoding: chunked", &chunked),
        ] {
            let create = format!(
                "POST /v1/invoices HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
                 content-type: application/json\r\n{offer}\r\n{framing}\r\n\r\n{body}"
            );
            connection.write(create.as_bytes());
            connection.write(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
            assert_eq!(connection.response("POST").status, 201, "{offer} {framing}");
            assert_eq!(connection.response("GET").status, 200, "{offer} {framing}");
        }
    }
}

#[test]
fn a_connection_that_is_to_close_closes_whatever_is_offered_beside() {
    let service = Service::start();
    for options in [
        "close, upgrade",
        "upgrade, close",
        "upgrade\r\nconnection: close",
    ] {
        let mut connection = service.anonymous().connect();
        let head = format!(
            "GET /healthz HTTP/1.1\r\nhost: localhost\r\nupgrade: h2c\r\nconnection: {options}\r\n\r\n"
        );
        connection.write(head.as_bytes());
        connection.write(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
        assert_eq!(connection.response("GET").header("connection"), "close");
        assert!(connection.is_closed(), "{options}");
    }
}
