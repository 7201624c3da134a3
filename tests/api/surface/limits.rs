//! Sizes and numbers, at their edges (LI-01, LI-02, LI-05).

use crate::{harness::Service, invoices::content};

fn status_of(service: &Service, request: &str) -> u16 {
    let mut connection = service.anonymous().connect();
    connection.write(request.as_bytes());
    connection.response("").status
}

#[test]
fn a_target_may_be_so_long_and_no_longer() {
    let service = Service::with(&[("APP_PUBLIC__LIMITS__TARGET_BYTES", "256")]);
    for (length, status) in [(256, 404), (257, 414), (10_000, 414)] {
        let target = "a".repeat(length - 1);
        let request = format!("GET /{target} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        assert_eq!(status_of(&service, &request), status, "{length}");
    }
    // Without ever an end: refused as soon as it is certain.
    assert_eq!(
        status_of(&service, &format!("GET /{}", "a".repeat(400))),
        414
    );
    // The same in one piece as byte by byte, whatever makes the line so long.
    let line = format!("{} /{} HTTP/1.1", "A".repeat(60), "a".repeat(255));
    let request = format!("{line}\r\nhost: localhost\r\n\r\n");
    assert_eq!(status_of(&service, &request), 414);
}

#[test]
fn a_head_may_be_so_long_and_have_so_many_fields() {
    let service = Service::with(&[
        ("APP_PUBLIC__LIMITS__HEAD_BYTES", "2048"),
        ("APP_PUBLIC__LIMITS__FIELDS", "16"),
    ]);
    let line = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n";
    let padded = |length: usize| {
        let padding = "a".repeat(length - line.len() - "x: \r\n\r\n".len());
        format!("{line}x: {padding}\r\n\r\n")
    };
    assert_eq!(status_of(&service, &padded(2048)), 200);
    assert_eq!(status_of(&service, &padded(2049)), 431);
    assert_eq!(status_of(&service, &padded(9000)[..8000]), 431);
    for (fields, status) in [(15, 200), (16, 431), (95, 431), (200, 431)] {
        let request = format!("{line}{}\r\n", "x: y\r\n".repeat(fields));
        assert_eq!(status_of(&service, &request), status, "{fields}");
    }
}

#[test]
fn the_lists_of_a_head_may_have_so_many_elements_together() {
    let service = Service::start();
    // Each would be walked through by somebody: a media range, a hop, an option, a field's name.
    for field in [
        "accept",
        "x-forwarded-for",
        "connection",
        "access-control-request-headers",
    ] {
        for (pairs, status) in [(128, 200), (129, 431), (15_000, 431)] {
            let request = format!(
                "GET /healthz HTTP/1.1\r\nhost: localhost\r\n{field}: */*{}\r\n\r\n",
                ",;".repeat(pairs)
            );
            assert_eq!(status_of(&service, &request), status, "{pairs} in {field}");
        }
    }
    let spread = "accept: */*,,,,,,,,,,\r\n".repeat(26);
    let request = format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\n{spread}\r\n");
    assert_eq!(status_of(&service, &request), 431);
}

#[test]
fn a_body_may_be_exactly_as_long_as_the_limit() {
    let service = Service::with(&[("APP_PUBLIC__LIMITS__BODY_BYTES", "1024")]);
    let alice = service.editor("alice");
    let json = [("content-type", "application/json")];
    for (length, status) in [(1024, 201), (1025, 413)] {
        let padding = " ".repeat(length - content().to_string().len());
        let body = content().to_string() + &padding;
        assert_eq!(
            alice
                .send("POST", "/v1/invoices", &json, body.as_bytes())
                .status,
            status
        );
    }
}

/// What follows an unread body could be taken for a request.
#[test]
fn a_body_that_stays_unread_ends_the_connection() {
    let service = Service::start();
    let alice = service.editor("alice");
    let fields = "content-type: application/json\r\ncontent-length: 70000\r\n";
    let head = alice.keep_alive("POST", "/v1/invoices");
    let head = head.strip_suffix("\r\n").unwrap();
    let mut connection = alice.connect();
    connection.write(format!("{head}{fields}\r\n").as_bytes());
    let answer = connection.response("POST");
    assert_eq!(answer.status, 413);
    assert_eq!(answer.header("connection"), "close");
    assert!(connection.is_closed());
}
