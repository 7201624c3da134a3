//! Cross-origin pages: none, or exactly those configured (CO-01…CO-04).

use serde_json::json;

use crate::{
    harness::{Actor, Response, Service},
    invoices::content,
};

const OURS: &str = "https://app.example.com";

fn with_cors() -> Service {
    Service::with(&[("APP_PUBLIC__CORS__ALLOWED_ORIGINS", OURS)])
}

fn preflight(actor: &Actor, origin: &str, method: &str, fields: &str) -> Response {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", method),
        ("access-control-request-headers", fields),
    ];
    actor.send("OPTIONS", "/v1/invoices", &headers, b"")
}

fn access_control(response: &Response) -> Vec<&str> {
    let names = response.headers.iter().map(|(name, _)| name.as_str());
    names
        .filter(|name| name.starts_with("access-control-"))
        .collect()
}

/// As browsers do: not our origin, but close to it.
const FOREIGN: [&str; 9] = [
    "https://evil.example",
    "null",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://app.example.com.evil.example",
    "https://evil-app.example.com",
    "https://APP.example.com",
    "https://app.example.com/",
    "https://xapp.example.com",
];

#[test]
fn without_configuration_no_response_speaks_of_origins() {
    let service = Service::start();
    let alice = service.editor("alice");
    let answers = [
        alice.send("GET", "/v1/invoices", &[("origin", OURS)], b""),
        preflight(&alice, OURS, "GET", "authorization"),
        preflight(&service.anonymous(), OURS, "GET", "authorization"),
    ];
    assert_eq!(answers[0].status, 200);
    assert!(answers[1].status >= 400 && answers[2].status >= 400);
    for answer in answers {
        assert_eq!(access_control(&answer), [""; 0]);
    }
}

#[test]
fn our_own_page_may_ask_and_read() {
    let service = with_cors();
    let asked = preflight(
        &service.anonymous(),
        OURS,
        "POST",
        "authorization, content-type, idempotency-key",
    );
    assert_eq!(asked.status, 200, "{asked}");
    assert_eq!(asked.header("access-control-allow-origin"), OURS);
    assert_eq!(asked.header("access-control-max-age"), "300");
    assert_eq!(asked.find("access-control-allow-credentials"), None);
    assert_eq!(asked.find("access-control-allow-private-network"), None);
    let headers = [("origin", OURS)];
    let created = service
        .editor("alice")
        .json("POST", "/v1/invoices", &headers, &content());
    assert_eq!(created.status, 201);
    assert_eq!(created.header("access-control-allow-origin"), OURS);
    assert!(
        created
            .header("access-control-expose-headers")
            .to_lowercase()
            .contains("etag")
    );
}

#[test]
fn a_foreign_origin_reaches_no_handler() {
    let service = with_cors();
    let alice = service.editor("alice");
    for origin in FOREIGN {
        let answer = alice.json("POST", "/v1/invoices", &[("origin", origin)], &content());
        assert!(answer.status >= 400, "{origin}: {answer}");
        assert_eq!(answer.find("access-control-allow-origin"), None, "{origin}");
        let asked = preflight(&service.anonymous(), origin, "POST", "authorization");
        assert!(asked.status >= 400, "{origin}: {asked}");
        assert_eq!(asked.find("access-control-allow-origin"), None, "{origin}");
    }
    assert_eq!(alice.get("/v1/invoices").json()["items"], json!([]));
}

#[test]
fn a_preflight_allows_only_the_methods_and_fields_there_are() {
    let service = with_cors();
    for (method, fields) in [
        ("TRACE", "authorization"),
        ("POST", "x-http-method-override"),
        ("POST", "cookie"),
    ] {
        let asked = preflight(&service.anonymous(), OURS, method, fields);
        assert!(asked.status >= 400, "{method} {fields}: {asked}");
    }
}

#[test]
fn every_answer_varies_by_origin_while_it_matters() {
    let service = with_cors();
    let varies = |answer: Response| answer.header("vary").to_lowercase().contains("origin");
    assert!(
        varies(service.anonymous().get("/healthz")),
        "without an origin"
    );
    assert!(varies(service.anonymous().get("/v1/me")), "on an error");
    assert!(varies(service.anonymous().send(
        "GET",
        "/healthz",
        &[("origin", OURS)],
        b""
    )));
    assert!(varies(service.anonymous().send(
        "GET",
        "/healthz",
        &[("origin", FOREIGN[0])],
        b""
    )));
    assert!(varies(preflight(
        &service.anonymous(),
        OURS,
        "GET",
        "authorization"
    )));
}
