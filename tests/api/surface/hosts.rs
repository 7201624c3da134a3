//! Which host is meant, and that nothing of it is repeated (HT-01, HT-02).

use serde_json::json;

use crate::{harness::Service, invoices::content_with};

#[test]
fn only_our_own_hosts_are_answered_for() {
    let service = Service::with(&[("APP_PUBLIC__HOSTS", "api.example.com,[::1]")]);
    let ask = |host: &str| {
        let mut connection = service.anonymous().connect();
        connection.write(format!("GET /v1/me HTTP/1.1\r\nhost: {host}\r\n\r\n").as_bytes());
        connection.response("GET").status
    };
    for host in [
        "api.example.com",
        "API.Example.com",
        "api.example.com:8443",
        "api.example.com:",
        "[::1]",
        "[::1]:443",
        "[::1]:",
    ] {
        assert_eq!(ask(host), 401, "{host}");
    }
    for host in [
        "localhost",
        "example.com",
        "api.example.com.",
        "api.example.com.evil.net",
        "xapi.example.com",
    ] {
        assert_eq!(ask(host), 421, "{host}");
    }
    for host in [
        "",
        ":",
        ":443",
        "api.example.com::",
        "api.example.com:+1",
        "::1",
        "[::1",
        "[api.example.com]",
        "a b",
        "api.example.com:x",
        "api.example.com:99999",
        "user@api.example.com",
        "api.example.com/x",
    ] {
        assert_eq!(ask(host), 400, "{host}");
    }
}

#[test]
fn a_probe_is_answered_whatever_name_it_calls_and_nothing_else_is() {
    let service = Service::with(&[("APP_PUBLIC__HOSTS", "api.example.com")]);
    let ask = |line: &str, host: &str| {
        let mut connection = service.anonymous().connect();
        connection.write(format!("{line}\r\n{host}\r\n").as_bytes());
        connection.response("GET").status
    };
    for host in ["10.0.0.7", "[fd00::7]:8443", "pod-7", "api.example.com"] {
        let host = format!("host: {host}\r\n");
        assert_eq!(ask("GET /healthz HTTP/1.1", &host), 200, "{host}");
        assert_eq!(ask("GET /healthz HTTP/1.0", &host), 200, "{host}");
    }
    // A check by HTTP/1.0, which has no such field.
    assert_eq!(ask("GET /healthz HTTP/1.0", ""), 200);
    for (line, host, status) in [
        ("GET /healthz HTTP/1.1", "", 400),
        ("GET /healthz HTTP/1.1", "host: a b\r\n", 400),
        ("GET /healthz HTTP/1.1", "host: \r\n", 400),
        ("GET /healthz/ HTTP/1.1", "host: 10.0.0.7\r\n", 421),
        ("GET /healthzx HTTP/1.1", "host: 10.0.0.7\r\n", 421),
        ("GET /Healthz HTTP/1.1", "host: 10.0.0.7\r\n", 421),
        ("GET //healthz HTTP/1.1", "host: 10.0.0.7\r\n", 421),
        ("GET /v1/me?/healthz HTTP/1.1", "host: 10.0.0.7\r\n", 421),
        ("GET /v1/me HTTP/1.0", "host: 10.0.0.7\r\n", 421),
        ("GET /v1/me HTTP/1.0", "", 400),
    ] {
        assert_eq!(ask(line, host), status, "{line} {host}");
    }
}

#[test]
fn nothing_of_host_or_forwarding_fields_is_repeated() {
    let service = Service::start();
    let alice = service.editor("alice");
    let forged = [
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-for", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("forwarded", "host=evil.example;proto=http"),
        ("x-original-url", "/healthz"),
        ("x-http-method-override", "DELETE"),
    ];
    for amount in [1, 2] {
        let created = alice.json(
            "POST",
            "/v1/invoices",
            &forged,
            &content_with("amount_minor", json!(amount)),
        );
        assert_eq!(created.status, 201);
        assert!(created.header("location").starts_with("/v1/invoices/"));
    }
    let page = alice.send("GET", "/v1/invoices?limit=1", &forged, b"");
    assert!(page.header("link").starts_with("</v1/invoices?"));
    let refused = alice.send("GET", "/v1/nothing", &forged, b"");
    for answer in [page, refused] {
        assert!(!format!("{answer:?}").contains("evil"), "{answer:?}");
    }
}

#[test]
fn security_txt_is_there_when_it_is_configured() {
    let configured = [
        (
            "APP_PUBLIC__SECURITY_TXT__CONTACTS",
            "mailto:security@example.com,https://example.com/report",
        ),
        (
            "APP_PUBLIC__SECURITY_TXT__POLICY",
            "https://example.com/policy",
        ),
    ];
    let service = Service::with(&configured);
    let file = service.anonymous().get("/.well-known/security.txt");
    assert_eq!(file.header("content-type"), "text/plain; charset=utf-8");
    insta::assert_snapshot!(String::from_utf8(file.body).unwrap(), @"
    Contact: mailto:security@example.com
    Contact: https://example.com/report
    Expires: 2030-04-15T12:00:00Z
    Policy: https://example.com/policy
    ");
    let plain = [("accept", "text/plain")];
    let asked = service
        .anonymous()
        .send("GET", "/.well-known/security.txt", &plain, b"");
    assert_eq!(asked.status, 200);
    assert_eq!(
        Service::start()
            .anonymous()
            .get("/.well-known/security.txt")
            .status,
        404
    );
}
