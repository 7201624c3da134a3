//! One table: every status that this service can answer, provoked over a raw TLS socket, and held to
//! the contract of all responses by the harness (ER-01, ER-04, HD-07).

use std::collections::BTreeSet;

use super::probes;
use crate::{
    harness::{Actor, Service, token_for},
    invoices::{content, draft, issue},
};

struct Case {
    status: u16,
    slug: &'static str,
    request: String,
}

fn case(status: u16, slug: &'static str, request: impl Into<String>) -> Case {
    Case {
        status,
        slug,
        request: request.into(),
    }
}

/// A request as bytes.
fn request(line: &str, fields: &[&str], body: &str) -> String {
    let length = format!("content-length: {}", body.len());
    let length = (!body.is_empty()).then_some(length.as_str());
    let fields: Vec<&str> = fields.iter().copied().chain(length).collect();
    let fields = fields.join("\r\n");
    let end = if fields.is_empty() {
        "\r\n"
    } else {
        "\r\n\r\n"
    };
    format!("{line} HTTP/1.1\r\nhost: localhost\r\n{fields}{end}{body}")
}

/// The table.
#[rustfmt::skip]
fn cases(service: &Service) -> Vec<Case> {
    let alice = service.editor("alice");
    let (free, deleted, issued) = (draft(&alice), draft(&alice), draft(&alice));
    issue(&service.approver("ann"), &issued);
    let bearer = |role| format!("authorization: Bearer {}", service.token(&token_for("alice", &[role])));
    let (token, reader) = (&*bearer("editor"), &*bearer("reader"));
    let delete = |path: &str, fields: &[&str]| request(&format!("DELETE {path}"), fields, "");
    let post = |fields: &[&str], body: &str| request("POST /v1/invoices", fields, body);
    let get = |path: &str, fields: &[&str]| request(&format!("GET {path}"), fields, "");
    let json = "content-type: application/json";
    let body = content().to_string();
    vec![
        case(200, "", get("/healthz", &[])),
        case(201, "", post(&[token, json], &body)),
        case(204, "", delete(&deleted, &[token, "if-match: \"1\""])),
        case(400, "malformed-request", post(&[token, json], "{")),
        case(400, "malformed-request", "GET / HTTP/1.1\nhost: localhost\n\n"),
        case(401, "unauthenticated", get("/v1/me", &[])),
        case(403, "forbidden", post(&[reader, json], &body)),
        case(404, "not-found", get("/nothing", &[])),
        case(405, "method-not-allowed", delete("/healthz", &[])),
        case(406, "not-acceptable", get("/healthz", &["accept: text/html"])),
        case(408, "request-timeout", "GET / HTTP/1.1\r\n"),
        case(409, "conflict", delete(&issued, &[token, "if-match: \"2\""])),
        case(412, "precondition-failed", delete(&free, &[token, "if-match: \"2\""])),
        case(413, "content-too-large", post(&[token, json, "content-length: 99999"], "")),
        case(414, "target-too-long", get(&format!("/{}", "a".repeat(8192)), &[])),
        case(415, "unsupported-media-type", post(&[token, "content-type: text/plain"], &body)),
        case(417, "expectation-failed", get("/healthz", &["expect: miracles"])),
        case(421, "misdirected-request", "GET / HTTP/1.1\r\nhost: evil.example\r\n\r\n"),
        case(422, "invalid-input", post(&[token, json], &body.replace("1999", "0"))),
        case(428, "precondition-required", delete(&free, &[token])),
        case(429, "expensive-quota-exceeded", get("/v1/expensive", &[token])),
        case(431, "head-too-large", get("/healthz", &[&format!("x: {}", "a".repeat(33_000))])),
        case(431, "head-too-large", get("/healthz", &["x: y"; 70])),
        case(500, "internal", get("/panic", &[])),
        case(500, "internal", request("POST /v1/panic", &[token], "")),
        case(500, "internal", get("/broken", &[])),
        case(501, "not-implemented", post(&[token, "transfer-encoding: gzip"], "")),
        case(503, "unavailable", get("/stuck", &[])),
    ]
}

#[test]
fn every_status_is_a_sealed_response() {
    let impatient = [
        ("APP_PUBLIC__LIMITS__REQUEST_TIMEOUT_SECONDS", "1"),
        ("APP_PUBLIC__LIMITS__HEAD_TIMEOUT_SECONDS", "1"),
        ("APP_RATE_LIMIT__PER_CALLER__BURST", "1000"),
        ("APP_RATE_LIMIT__PER_CALLER__EXPENSIVE_SHARE", "0.001"),
    ];
    let mut service = Service::serving(probes::service(), &impatient);
    // One is all that its quota has.
    assert_eq!(service.editor("alice").get("/v1/expensive").status, 204);
    let cases = cases(&service);
    for case in &cases {
        check(&service.anonymous(), case);
    }
    let shown: BTreeSet<u16> = cases.iter().map(|case| case.status).collect();
    let all = [
        200, 201, 204, 400, 401, 403, 404, 405, 406, 408, 409, 412, 413, 414, 415, 417, 421, 422,
        428, 429, 431, 500, 501, 503,
    ];
    assert_eq!(shown, BTreeSet::from(all));
    let journal = service.journal();
    let told: BTreeSet<String> = journal.iter().map(told).collect();
    let missing: Vec<&str> = EVENTS
        .into_iter()
        .filter(|event| !told.contains(*event))
        .collect();
    assert_eq!(missing, [""; 0], "{told:#?}");
}

/// What the journal holds after the table: each problem that is an event, with its reason (LO-02, LO-03).
const EVENTS: [&str; 26] = [
    "authn_token_fail missing",
    "authz_fail not_permitted invoices_create",
    "excess_rate_limit_exceeded expensive expensive_read",
    "input_validation_fail invalid invoices_create",
    "input_validation_fail malformed invoices_create",
    "input_validation_fail too_large invoices_create",
    "malicious_excess_404 no_such_path",
    "malicious_protocol expectation",
    "malicious_protocol head_too_large",
    "malicious_protocol malformed",
    "malicious_protocol media_type invoices_create",
    "malicious_protocol method",
    "malicious_protocol misdirected",
    "malicious_protocol target_too_long",
    "malicious_protocol too_slow",
    "malicious_protocol transfer_coding",
    "sensitive_create panic_create",
    "sensitive_create invoices_create",
    "sensitive_delete outdated invoices_delete",
    "sensitive_delete wrong_state invoices_delete",
    "sensitive_delete invoices_delete",
    "sequence_fail wrong_state invoices_delete",
    "sys_panic",
    "sys_shutdown",
    "sys_startup",
    "unexpected_error",
];

fn told(line: &serde_json::Value) -> String {
    let words = ["event", "reason_code", "action"];
    let words = words.iter().filter_map(|member| line[*member].as_str());
    words.collect::<Vec<_>>().join(" ")
}

fn check(anonymous: &Actor, case: &Case) {
    let start: String = case.request.chars().take(60).collect();
    let mut connection = anonymous.connect();
    connection.write(case.request.as_bytes());
    let answer = connection.response("");
    assert_eq!(answer.status, case.status, "{start}: {answer}");
    if case.status >= 400 {
        let problem = answer.json();
        assert_eq!(
            problem["type"],
            format!("/problems/{}", case.slug),
            "{start}"
        );
        assert!(!answer.to_string().contains("secret"), "{answer}");
    }
    let needed = match case.status {
        401 => "www-authenticate",
        405 => "allow",
        415 => "accept-post",
        503 => "retry-after",
        _ => "x-request-id",
    };
    assert!(answer.find(needed).is_some(), "{start}: no {needed}");
}

#[test]
fn a_panic_leaves_the_worker_and_the_connection_alive() {
    let service = Service::serving(probes::service(), &[]);
    let mut connection = service.anonymous().connect();
    for _ in 0..3 {
        connection.write(b"GET /panic HTTP/1.1\r\nhost: localhost\r\n\r\n");
        assert_eq!(connection.response("GET").status, 500);
        connection.write(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
        assert_eq!(connection.response("GET").status, 200);
    }
}
