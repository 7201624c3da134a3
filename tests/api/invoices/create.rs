//! `POST /v1/invoices`: an editor drafts an invoice of their own.
//!
//! Controls: CC-03, IN-01, IN-02, IN-03, IN-04, IN-05, IN-06, IN-07, IN-08, IN-09, IN-10

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{content, content_with};
use crate::harness::{Roles, Service};

#[test]
fn an_editor_creates_a_draft() {
    let service = Service::start();
    let created = service.editor("alice").post("/v1/invoices", &content());
    assert_snapshot!(created, @r#"
    201
    content-type: application/json
    etag: "1"
    location: /v1/invoices/[id]

    {
      "amount_minor": 1999,
      "created_at": "2030-01-15T12:00:00Z",
      "currency": "EUR",
      "customer_email": "ada@example.com",
      "customer_name": "Ada Lovelace",
      "due_on": "2030-01-31",
      "id": "[id]",
      "memo": null,
      "owner": "alice",
      "status": "draft",
      "updated_at": "2030-01-15T12:00:00Z"
    }
    "#);
}

#[test]
fn a_created_invoice_is_at_its_location() {
    let service = Service::start();
    let alice = service.editor("alice");
    let created = alice.post("/v1/invoices", &content());
    let read = alice.get(created.header("location"));
    assert_eq!((read.status, read.etag()), (200, created.etag()));
    assert_eq!(read.json(), created.json());
}

#[test]
fn a_reader_cannot_create() {
    let service = Service::start();
    assert_snapshot!(service.reader("ruth").post("/v1/invoices", &content()), @r#"
    403
    content-type: application/problem+json
    www-authenticate: Bearer realm="api", error="insufficient_scope", scope="invoices:create"

    {
      "detail": "The access token does not permit this.",
      "instance": "urn:uuid:[id]",
      "status": 403,
      "title": "Forbidden",
      "type": "/problems/forbidden"
    }
    "#);
}

#[test]
fn each_broken_rule_is_named_with_its_member_and_no_value() {
    let service = Service::start();
    let broken = json!({
        "customer_name": "",
        "customer_email": "not an address",
        "amount_minor": 0,
        "currency": "EUX",
        "due_on": "2030-02-30",
        "memo": "\u{202E}hidden",
    });
    assert_snapshot!(service.editor("alice").post("/v1/invoices", &broken), @r#"
    422
    content-type: application/problem+json

    {
      "detail": "The request was read, and breaks the rules that are listed.",
      "errors": [
        {
          "code": "out_of_range",
          "pointer": "/amount_minor"
        },
        {
          "code": "unknown_currency",
          "pointer": "/currency"
        },
        {
          "code": "not_an_email_address",
          "pointer": "/customer_email"
        },
        {
          "code": "blank",
          "pointer": "/customer_name"
        },
        {
          "code": "not_a_date",
          "pointer": "/due_on"
        },
        {
          "code": "forbidden_character",
          "pointer": "/memo"
        }
      ],
      "instance": "urn:uuid:[id]",
      "status": 422,
      "title": "Invalid input",
      "type": "/problems/invalid-input"
    }
    "#);
}

#[test]
fn a_rule_is_422_and_a_shape_is_400() {
    let service = Service::start();
    let alice = service.editor("alice");
    let cases: &[(&str, Value, u16, &str)] = &[
        ("customer_name", json!(" \u{200B}"), 422, "blank"),
        ("customer_name", json!("a".repeat(201)), 422, "too_long"),
        (
            "customer_name",
            json!("a\u{0}b"),
            422,
            "forbidden_character",
        ),
        ("customer_name", json!("a\nb"), 422, "forbidden_character"),
        (
            "customer_email",
            json!("a@b.example, Bcc: x[1.2.3.4]"),
            422,
            "not_an_email_address",
        ),
        (
            "customer_email",
            json!("a@b@c"),
            422,
            "not_an_email_address",
        ),
        (
            "customer_email",
            json!(format!("{}@example.com", "a".repeat(250))),
            422,
            "too_long",
        ),
        ("amount_minor", json!(-1), 422, "out_of_range"),
        (
            "amount_minor",
            json!(1_000_000_000_000_i64),
            422,
            "out_of_range",
        ),
        ("currency", json!("eur"), 422, "unknown_currency"),
        ("currency", json!("XXX"), 422, "unknown_currency"),
        ("due_on", json!("1999-12-31"), 422, "out_of_range"),
        ("due_on", json!("+2030-01-1"), 422, "not_a_date"),
        ("memo", json!("x".repeat(1001)), 422, "too_long"),
        ("amount_minor", json!("1999"), 400, "wrong_type"),
        ("amount_minor", json!(19.99), 400, "wrong_type"),
        ("amount_minor", json!(null), 400, "wrong_type"),
        ("customer_name", json!(["Ada"]), 400, "wrong_type"),
        ("status", json!("paid"), 400, "unknown_member"),
        ("owner", json!("mallory"), 400, "unknown_member"),
    ];
    for (member, value, status, code) in cases {
        let refused = alice.post("/v1/invoices", &content_with(member, value.clone()));
        assert_eq!(refused.status, *status, "{member} = {value}: {refused}");
        assert_eq!(refused.errors(), [format!("/{member} {code}")], "{value}");
    }
    assert_eq!(alice.get("/v1/invoices").json()["items"], json!([]));
}

#[test]
fn values_at_the_edge_of_a_rule_are_accepted() {
    let service = Service::start();
    let alice = service.editor("alice");
    for (member, value) in [
        ("customer_name", json!("ö".repeat(200))),
        ("amount_minor", json!(1)),
        ("amount_minor", json!(999_999_999_999_i64)),
        ("due_on", json!("2199-12-31")),
        ("memo", json!("two\n\tlines")),
        ("memo", json!("👩‍👩‍👧".repeat(200))),
        ("memo", json!(null)),
    ] {
        let created = alice.post("/v1/invoices", &content_with(member, value.clone()));
        assert_eq!(created.status, 201, "{member} = {value}: {created}");
        assert_eq!(created.json()[member], value);
    }
}

#[test]
fn what_is_not_one_strict_json_object_is_400() {
    let service = Service::start();
    let alice = service.editor("alice");
    let post = |body: &[u8]| {
        alice.send(
            "POST",
            "/v1/invoices",
            &[("content-type", "application/json")],
            body,
        )
    };
    let duplicate = content()
        .to_string()
        .replacen('{', r#"{"currency":"USD","#, 1);
    let deep = format!(r#"{{"memo":{}1{}}}"#, "[".repeat(40), "]".repeat(40));
    for (body, error) in [
        (b"{".as_slice(), " not_json"),
        (b"nonsense", " not_json"),
        (b"[]", " not_an_object"),
        (b"\"text\"", " not_an_object"),
        (b"null", " not_an_object"),
        (b"{} {}", " not_json"),
        (b"\xEF\xBB\xBF{}", " not_json"),
        (b"{\"memo\":\"\xFF\"}", " not_json"),
        (br#"{"memo":"\uD800"}"#, " not_json"),
        (b"{}", "/customer_name missing_member"),
        (duplicate.as_bytes(), "/currency duplicate_member"),
        (deep.as_bytes(), "/memo/0/0/0/0/0/0/0 too_deep"),
    ] {
        let refused = post(body);
        let body = String::from_utf8_lossy(body);
        assert_eq!(
            (refused.status, refused.errors()),
            (400, vec![error.to_owned()]),
            "{body}"
        );
    }
    // The classic trick on serde: an array that fills a struct by position.
    let positional = br#"["Ada","ada@example.com",1999,"EUR","2030-01-31",null]"#;
    assert_eq!(post(positional).status, 400);
}

#[test]
fn only_json_without_a_content_coding_is_read() {
    let service = Service::start();
    let alice = service.editor("alice");
    let body = content().to_string();
    let post =
        |headers: &[(&str, &str)]| alice.send("POST", "/v1/invoices", headers, body.as_bytes());
    assert_snapshot!(post(&[("content-type", "text/plain")]), @r#"
    415
    accept: application/json
    accept-post: application/json
    content-type: application/problem+json

    {
      "detail": "The request body must have a media type that this operation accepts, and no content coding.",
      "instance": "urn:uuid:[id]",
      "status": 415,
      "title": "Unsupported media type",
      "type": "/problems/unsupported-media-type"
    }
    "#);
    for headers in [
        &[] as &[(&str, &str)],
        &[("content-type", "application/jsonx")],
        &[("content-type", ";application/json")],
        &[("content-type", "application/json;\"")],
        &[("content-type", "application/json; charset=utf-16")],
        &[("content-type", "application/json; charset=utf-8; v=1")],
        &[
            ("content-type", "application/json"),
            ("content-encoding", "gzip"),
        ],
    ] {
        assert_eq!(post(headers).status, 415, "{headers:?}");
    }
    for content_type in [
        "application/json",
        "Application/JSON; charset=UTF-8",
        "application/json;charset=\"utf-8\"",
        // Parameters may be empty (RFC 9110 §5.6.6).
        "application/json;",
        "application/json ; ; charset=utf-8;",
    ] {
        assert_eq!(
            post(&[("content-type", content_type)]).status,
            201,
            "{content_type}"
        );
    }
}

#[test]
fn a_body_over_the_limit_is_413_however_it_is_sent() {
    let service = Service::with(&[("APP_PUBLIC__LIMITS__BODY_BYTES", "1024")]);
    let alice = service.editor("alice");
    let large = content_with("memo", json!("x".repeat(2000)));
    assert_snapshot!(alice.post("/v1/invoices", &large), @r#"
    413
    content-type: application/problem+json

    {
      "detail": "The request body is larger than this operation accepts.",
      "instance": "urn:uuid:[id]",
      "status": 413,
      "title": "Content too large",
      "type": "/problems/content-too-large"
    }
    "#);

    // Declared and never sent: refused without waiting for it.
    let headers = [
        ("content-type", "application/json"),
        ("content-length", "999999"),
    ];
    assert_eq!(
        alice.send("POST", "/v1/invoices", &headers, b"").status,
        413
    );

    // Undeclared.
    let chunked = [
        ("content-type", "application/json"),
        ("transfer-encoding", "chunked"),
    ];
    let mut connection = alice.open("POST", "/v1/invoices", &chunked);
    connection.write(format!("800\r\n{}\r\n0\r\n\r\n", "x".repeat(2048)).as_bytes());
    assert_eq!(connection.response("POST").status, 413);
}
