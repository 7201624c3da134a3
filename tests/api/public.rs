//! What anybody may ask: `GET /healthz` and nothing else.

use insta::assert_snapshot;

use crate::harness::Service;

#[test]
fn anybody_may_ask_whether_the_service_answers() {
    let service = Service::start();
    assert_snapshot!(service.anonymous().get("/healthz"), @r#"
    200
    content-type: application/json

    {
      "status": "ok"
    }
    "#);
}

#[test]
fn a_path_outside_the_api_is_not_found() {
    let service = Service::start();
    for path in [
        "/",
        "/v2/invoices",
        "/openapi.json",
        "/metrics",
        "/healthz/",
        "/v1x",
    ] {
        assert_eq!(service.anonymous().get(path).status, 404, "{path}");
    }
}

#[test]
fn without_a_token_every_path_of_the_api_looks_the_same() {
    let service = Service::start();
    let anonymous = service.anonymous();
    let known = anonymous.get("/v1/invoices").to_string();
    assert_snapshot!(known, @r#"
    401
    content-type: application/problem+json
    www-authenticate: Bearer realm="api"

    {
      "detail": "This needs an access token that is valid, meant for this service and recent enough.",
      "instance": "urn:uuid:[id]",
      "status": 401,
      "title": "Unauthenticated",
      "type": "/problems/unauthenticated"
    }
    "#);
    for path in ["/v1", "/v1/", "/v1/nothing", "/v1/invoices/x/y"] {
        assert_eq!(anonymous.get(path).to_string(), known, "{path}");
    }
    assert_eq!(
        anonymous.send("DELETE", "/v1/me", &[], b"").to_string(),
        known
    );
}

#[test]
fn an_unknown_path_and_a_wrong_method_are_told_to_callers() {
    let service = Service::start();
    let alice = service.editor("alice");
    assert_snapshot!(alice.get("/v1/nothing"), @r#"
    404
    content-type: application/problem+json

    {
      "detail": "There is nothing here that this caller may know of.",
      "instance": "urn:uuid:[id]",
      "status": 404,
      "title": "Not found",
      "type": "/problems/not-found"
    }
    "#);
    assert_snapshot!(alice.send("DELETE", "/v1/invoices", &[], b""), @r#"
    405
    allow: GET, HEAD, POST
    content-type: application/problem+json

    {
      "detail": "This resource does not have that method; Allow lists those it has.",
      "instance": "urn:uuid:[id]",
      "status": 405,
      "title": "Method not allowed",
      "type": "/problems/method-not-allowed"
    }
    "#);
}
