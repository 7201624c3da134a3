//! The quota of an address: everything it sends, whoever it says it is (RL-02, RL-03, RL-04).

use std::{thread, time::Duration};

use super::refused_by;
use crate::harness::{Response, Service};

/// So many requests, and no more within an hour.
fn with_burst(burst: &str, more: &[(&str, &str)]) -> Service {
    let quota = [
        ("APP_RATE_LIMIT__PER_ADDRESS__PER_SECOND", "0.001"),
        ("APP_RATE_LIMIT__PER_ADDRESS__BURST", burst),
    ];
    Service::with(&[&quota, more].concat())
}

const BEHIND_A_PROXY: (&str, &str) = ("APP_PUBLIC__TRUSTED_PROXIES", "127.0.0.1/32");

fn forwarded_for(service: &Service, address: &str) -> Response {
    let headers = [("x-forwarded-for", address)];
    service.anonymous().send("GET", "/healthz", &headers, b"")
}

#[test]
fn the_burst_is_served_and_then_nothing() {
    let service = with_burst("3", &[]);
    let anonymous = service.anonymous();
    for _ in 0..3 {
        assert_eq!(anonymous.get("/healthz").status, 200);
    }
    let refused = anonymous.get("/healthz");
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((900..=1000).contains(&seconds), "{refused}");
    let shown = refused.to_string().replace(&seconds.to_string(), "[s]");
    insta::assert_snapshot!(shown, @r#"
    429
    content-type: application/problem+json
    retry-after: [s]

    {
      "detail": "Too many requests came from this address. Retry-After says when to try again.",
      "instance": "urn:uuid:[id]",
      "status": 429,
      "title": "Quota of the address exceeded",
      "type": "/problems/address-quota-exceeded"
    }
    "#);
}

#[test]
fn after_retry_after_there_is_room_again() {
    let service = Service::with(&[
        ("APP_RATE_LIMIT__PER_ADDRESS__PER_SECOND", "2"),
        ("APP_RATE_LIMIT__PER_ADDRESS__BURST", "1"),
    ]);
    let anonymous = service.anonymous();
    let mut answers = (0..20).map(|_| anonymous.get("/healthz"));
    let refused = answers.find(|answer| answer.status != 200).unwrap();
    refused_by("address", &refused);
    assert_eq!(
        refused.header("retry-after"),
        "1",
        "half a second, rounded up"
    );
    thread::sleep(Duration::from_secs(1));
    assert_eq!(anonymous.get("/healthz").status, 200);
}

#[test]
fn whatever_is_sent_counts() {
    let service = with_burst("8", &[]);
    let anonymous = service.anonymous();
    let overridden = [("x-http-method-override", "GET")];
    let eight = [
        anonymous.get("/healthz"),
        anonymous.get("/healthz/"),
        anonymous.get("/nothing?at=all"),
        anonymous.get("/v1/me"),
        anonymous.send("DELETE", "/healthz", &[], b""),
        anonymous.send("POST", "/v1/invoices", &overridden, b"{}"),
        service.bearer("forged").get("/v1/me"),
        service.editor("alice").get("/v1/me"),
    ];
    let statuses = eight.map(|answer| answer.status);
    assert_eq!(statuses, [200, 404, 404, 401, 405, 401, 401, 200]);
    for answer in [
        anonymous.get("/healthz"),
        service.editor("alice").get("/v1/me"),
        service.bearer("forged").get("/v1/me"),
    ] {
        refused_by("address", &answer);
        assert_eq!(
            answer.find("ratelimit"),
            None,
            "only a known caller is told its quotas"
        );
    }
}

#[test]
fn one_connection_gets_no_more_than_many() {
    let service = with_burst("3", &[]);
    let anonymous = service.anonymous();
    let mut connection = anonymous.connect();
    let request = anonymous.keep_alive("GET", "/healthz");
    for expected in [200, 200, 200, 429, 429] {
        connection.write(request.as_bytes());
        assert_eq!(connection.response("GET").status, expected);
    }
    refused_by("address", &anonymous.get("/healthz"));
}

#[test]
fn a_client_cannot_name_its_own_address() {
    let service = with_burst("2", &[]);
    for spoofed in ["203.0.113.1", "203.0.113.2"] {
        assert_eq!(forwarded_for(&service, spoofed).status, 200);
    }
    for name in [
        "x-forwarded-for",
        "forwarded",
        "x-real-ip",
        "true-client-ip",
    ] {
        let headers = [(name, "203.0.113.3")];
        refused_by(
            "address",
            &service.anonymous().send("GET", "/healthz", &headers, b""),
        );
    }
}

#[test]
fn behind_a_proxy_the_hop_that_the_proxy_wrote_counts() {
    let service = with_burst("1", &[BEHIND_A_PROXY]);
    assert_eq!(forwarded_for(&service, "203.0.113.1").status, 200);
    refused_by("address", &forwarded_for(&service, "203.0.113.1"));
    refused_by(
        "address",
        &forwarded_for(&service, "198.51.100.7, 203.0.113.1"),
    );
    assert_eq!(forwarded_for(&service, "203.0.113.2").status, 200);
}

#[test]
fn an_ipv6_client_is_its_network_and_a_mapped_address_is_ipv4() {
    let service = with_burst("1", &[BEHIND_A_PROXY]);
    assert_eq!(forwarded_for(&service, "2001:db8:0:1::1").status, 200);
    refused_by("address", &forwarded_for(&service, "2001:db8:0:1:ffff::2"));
    assert_eq!(forwarded_for(&service, "2001:db8:0:2::1").status, 200);
    assert_eq!(forwarded_for(&service, "::ffff:203.0.113.1").status, 200);
    refused_by("address", &forwarded_for(&service, "203.0.113.1"));
    assert_eq!(forwarded_for(&service, "::ffff:203.0.113.2").status, 200);
}

#[test]
fn a_refused_request_is_not_read_further() {
    let service = with_burst("1", &[]);
    service.anonymous().get("/healthz");
    let headers = [
        ("content-type", "application/json"),
        ("content-length", "60000"),
    ];
    let mut connection = service
        .editor("alice")
        .open("POST", "/v1/invoices", &headers);
    refused_by("address", &connection.response("POST"));
}

#[test]
fn preflights_count_and_pages_may_read_the_refusal() {
    let origin = "https://app.example.com";
    let service = with_burst("2", &[("APP_PUBLIC__CORS__ALLOWED_ORIGINS", origin)]);
    let anonymous = service.anonymous();
    let headers = [("origin", origin), ("access-control-request-method", "GET")];
    let preflight = || anonymous.send("OPTIONS", "/v1/invoices", &headers, b"");
    assert_eq!([preflight().status, preflight().status], [200, 200]);
    refused_by("address", &preflight());

    let refused = anonymous.send("GET", "/v1/me", &[("origin", origin)], b"");
    refused_by("address", &refused);
    assert_eq!(refused.header("access-control-allow-origin"), origin);
    let exposed = refused.header("access-control-expose-headers");
    assert!(exposed.contains("retry-after"), "{exposed}");
    assert!(refused.header("vary").starts_with("Origin, "));
    let foreign = anonymous.send("GET", "/v1/me", &[("origin", "https://evil.example")], b"");
    refused_by("address", &foreign);
    assert_eq!(foreign.find("access-control-allow-origin"), None);
}
