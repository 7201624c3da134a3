//! Cross-origin pages: none, or exactly those configured (CO-01…CO-04). What a browser asks and what it
//! makes of the answer is the Fetch standard's (§3.3, §4.8, §4.9).

use serde_json::json;

use super::probes;
use crate::{
    document::{document, members, parameters, resolved},
    harness::{Actor, Response, Service},
    invoices::content,
};

const OURS: &str = "https://app.example.com";
const CORS: (&str, &str) = ("APP_PUBLIC__CORS__ALLOWED_ORIGINS", OURS);
const BURST_OF_SIX: (&str, &str) = ("APP_RATE_LIMIT__PER_ADDRESS__BURST", "6");
const NO_REFILL: (&str, &str) = ("APP_RATE_LIMIT__PER_ADDRESS__PER_SECOND", "0.001");

fn with_cors() -> Service {
    Service::with(&[CORS])
}

/// 403, with a type of its own.
fn assert_refused(answer: &Response, by: &str) {
    assert_eq!(answer.status, 403, "{by}: {answer}");
    let kind = &answer.json()["type"];
    assert_eq!(kind, "/problems/cross-origin-refused", "{by}");
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
        assert_refused(&answer, origin);
        assert_eq!(answer.find("access-control-allow-origin"), None, "{origin}");
        let asked = preflight(&service.anonymous(), origin, "POST", "authorization");
        assert_refused(&asked, origin);
        assert_eq!(asked.find("access-control-allow-origin"), None, "{origin}");
    }
    assert_eq!(alice.get("/v1/invoices").json()["items"], json!([]));
}

#[test]
fn a_page_of_our_own_origin_is_not_foreign() {
    let service = with_cors();
    let token = service.editor("alice").token().to_owned();
    let create = |host: &str, origin: &str| {
        let body = content().to_string();
        let length = body.len();
        let head = format!(
            "POST /v1/invoices HTTP/1.1\r\nhost: {host}\r\norigin: {origin}\r\nauthorization: Bearer \
             {token}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        let mut connection = service.anonymous().connect();
        connection.write((head + &body).as_bytes());
        connection.response("POST")
    };
    for (host, origin) in [
        ("localhost", "https://localhost"),
        ("localhost:443", "https://localhost"),
        ("localhost:8443", "https://localhost:8443"),
        ("127.0.0.1:8443", "https://127.0.0.1:8443"),
    ] {
        assert_eq!(create(host, origin).status, 201, "{origin} at {host}");
    }
    for (host, origin) in [
        ("localhost", "http://localhost"),
        ("localhost", "https://localhost:8443"),
        ("localhost:8443", "https://localhost"),
        ("localhost:8443", "https://localhost:9443"),
        ("localhost", "https://127.0.0.1"),
        ("localhost", "https://localhost.evil.example"),
        ("localhost", "localhost"),
        ("localhost", "https://"),
    ] {
        assert_refused(&create(host, origin), origin);
    }
}

/// The method and the header fields of every operation, as a browser would ask for them.
#[test]
fn every_operation_can_be_called_from_a_page() {
    let service = with_cors();
    let anonymous = service.anonymous();
    let document = document();
    let mut asked = 0;
    for (path, item) in members(&document["paths"]) {
        for (method, operation) in members(item) {
            let named = parameters(operation).filter(|parameter| parameter["in"] == "header");
            let mut fields: Vec<String> = named
                .map(|parameter| parameter["name"].as_str().unwrap().to_lowercase())
                .collect();
            fields.extend(["accept".into(), "authorization".into()]);
            if operation["requestBody"].is_object() {
                fields.push("content-type".into());
            }
            fields.sort();
            let fields = fields.join(",");
            let answer = preflight(&anonymous, OURS, &method.to_uppercase(), &fields);
            assert_eq!(answer.status, 200, "{method} {path} {fields}: {answer}");
            let listed = |name: &str, one: &str| {
                let list = answer.header(name).to_lowercase();
                assert!(list.split(", ").any(|other| other == one), "{one}: {list}");
            };
            listed("access-control-allow-methods", method);
            fields
                .split(',')
                .for_each(|field| listed("access-control-allow-headers", field));
            asked += 1;
        }
    }
    assert!(asked >= 10, "{asked}");
}

#[test]
fn a_page_may_read_every_header_field_that_the_document_declares() {
    let service = with_cors();
    let answer = service.anonymous().get("/healthz");
    let exposed = answer
        .header("access-control-expose-headers")
        .to_lowercase();
    let exposed: Vec<&str> = exposed.split(", ").collect();
    let document = document();
    let mut declared = 0;
    for (_, item) in members(&document["paths"]) {
        for (_, operation) in members(item) {
            for (_, response) in members(&operation["responses"]) {
                for (name, _) in members(&resolved(&document, response)["headers"]) {
                    let name = name.to_lowercase();
                    assert!(exposed.contains(&name.as_str()), "{name}: {exposed:?}");
                    declared += 1;
                }
            }
        }
    }
    assert!(declared >= 50, "{declared}");
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
        assert_refused(&asked, &format!("{method} {fields}"));
    }
}

#[test]
fn the_fields_that_a_preflight_names_are_a_list_with_empty_elements_and_lines() {
    let service = with_cors();
    for fields in [
        "authorization,,content-type",
        ", authorization ,\t, content-type,",
        ",",
        "",
    ] {
        let asked = preflight(&service.anonymous(), OURS, "POST", fields);
        assert_eq!(asked.status, 200, "{fields}: {asked}");
    }
    let in_two_lines = |second: &str| {
        let headers = [
            ("origin", OURS),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization"),
            ("access-control-request-headers", second),
        ];
        let anonymous = service.anonymous();
        anonymous.send("OPTIONS", "/v1/invoices", &headers, b"")
    };
    assert_eq!(in_two_lines("if-match").status, 200);
    assert_refused(&in_two_lines("cookie"), "the second line");
    let unreadable = preflight(&service.anonymous(), OURS, "POST", "a b");
    assert_eq!(unreadable.status, 400, "{unreadable}");
}

#[test]
fn every_answer_varies_by_origin_while_it_matters() {
    let service = Service::serving(probes::service(), &[CORS, BURST_OF_SIX, NO_REFILL]);
    let anonymous = service.anonymous();
    let ask = |path: &str, origin: &str| anonymous.send("GET", path, &[("origin", origin)], b"");
    let malformed = || {
        let mut connection = anonymous.connect();
        connection.write(b"GET / HTTP/1.1\nhost: localhost\n\n");
        connection.response("GET")
    };
    let answers = [
        (200, anonymous.get("/healthz")),
        (401, anonymous.get("/v1/me")),
        (200, ask("/healthz", OURS)),
        (403, ask("/healthz", FOREIGN[0])),
        (200, preflight(&anonymous, OURS, "GET", "authorization")),
        (500, ask("/panic", OURS)),
        (429, ask("/healthz", OURS)),
        (429, ask("/healthz", FOREIGN[0])),
        (429, anonymous.get("/healthz")),
        (400, malformed()),
    ];
    for (status, answer) in answers {
        assert_eq!(answer.status, status, "{answer}");
        let vary = answer.header("vary").to_lowercase();
        assert!(vary.split(", ").any(|name| name == "origin"), "{answer}");
    }
}

#[test]
fn our_own_page_may_read_that_it_was_too_fast_or_that_we_failed() {
    let service = Service::serving(probes::service(), &[CORS, BURST_OF_SIX, NO_REFILL]);
    let anonymous = service.anonymous();
    for (status, path, times) in [(500, "/panic", 5), (429, "/healthz", 1)] {
        for _ in 1..times {
            anonymous.get(path);
        }
        let answer = anonymous.send("GET", path, &[("origin", OURS)], b"");
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("access-control-allow-origin"), OURS);
        let exposed = answer.header("access-control-expose-headers");
        assert!(exposed.contains("retry-after"), "{exposed}");
        let foreign = anonymous.send("GET", path, &[("origin", FOREIGN[0])], b"");
        assert_eq!(access_control(&foreign), [""; 0]);
    }
}
