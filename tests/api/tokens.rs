//! Which access tokens are believed (AU-01…AU-04, JW-01…JW-13). Why others are not: `token_reasons.rs`.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use insta::assert_snapshot;
use serde_json::json;
use time::Duration;

use crate::{
    forger::Forger,
    harness::{Service, token_for},
    other_issuer::Other,
};

#[test]
fn without_credentials_the_challenge_names_no_error() {
    let service = Service::start();
    assert_snapshot!(service.anonymous().get("/v1/me"), @r#"
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
}

#[test]
fn a_refused_token_is_told_nothing_but_that_it_is_invalid() {
    let service = Service::start();
    assert_snapshot!(service.bearer("nonsense").get("/v1/me"), @r#"
    401
    content-type: application/problem+json
    www-authenticate: Bearer realm="api", error="invalid_token"

    {
      "detail": "This needs an access token that is valid, meant for this service and recent enough.",
      "instance": "urn:uuid:[id]",
      "status": 401,
      "title": "Unauthenticated",
      "type": "/problems/unauthenticated"
    }
    "#);
}

#[test]
fn a_token_is_believed_until_it_expires() {
    let service = Service::start();
    let alice = service.editor("alice");
    service
        .clock
        .advance(Duration::minutes(15) + Duration::seconds(9));
    assert_eq!(alice.get("/v1/me").status, 200, "within the leeway");
    service.clock.advance(Duration::seconds(1));
    assert_eq!(alice.get("/v1/me").status, 401);
}

#[test]
fn the_forgers_unchanged_token_is_believed() {
    let service = Service::start();
    let forger = Forger::of(&service);
    let token = forger.sign(&forger.header.to_string(), &forger.claims.to_string());
    assert_eq!(service.bearer(&token).get("/v1/me").status, 200);
}

#[test]
fn a_duplicate_member_is_refused_in_header_and_claims() {
    let service = Service::start();
    let forger = Forger::of(&service);
    let (header, claims) = (forger.header.to_string(), forger.claims.to_string());
    let twice = |text: &str, member: &str| text.replacen('{', &format!("{{{member},"), 1);
    let token = forger.sign(&header, &twice(&claims, r#""sub":"admin""#));
    assert_eq!(service.bearer(&token).get("/v1/me").status, 401);
    let token = forger.sign(&twice(&header, r#""alg":"none""#), &claims);
    assert_eq!(service.bearer(&token).get("/v1/me").status, 401);
}

#[test]
fn a_signature_must_be_the_issuers_over_these_bytes() {
    let service = Service::start();
    let token = service.token(&token_for("alice", &["reader"]));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let elsewhere = Service::start().token(&token_for("alice", &["reader"]));
    let more = String::from_utf8(BASE64.decode(claims).unwrap()).unwrap();
    let more = BASE64.encode(more.replace("reader", "editor"));
    let zero = BASE64.encode([0; 64]);
    for forged in [
        format!("{signed}."),
        format!("{signed}.{zero}"),
        format!("{header}.{more}.{signature}"),
        format!("{signed}.{}", elsewhere.rsplit_once('.').unwrap().1),
        elsewhere,
        format!("{header}.{claims}"),
        format!("{token}.{signature}"),
        format!("{token}="),
        "..".to_owned(),
        "x".repeat(16_385),
    ] {
        let start = &forged[..forged.len().min(40)];
        assert_eq!(service.bearer(&forged).get("/v1/me").status, 401, "{start}");
    }
}

#[test]
fn a_token_is_read_from_one_authorization_header_and_nowhere_else() {
    let service = Service::start();
    let token = service.token(&token_for("alice", &["reader"]));
    let bearer = format!("Bearer {token}");
    let anonymous = service.anonymous();
    let ask =
        |path: &str, headers: &[(&str, &str)]| anonymous.send("GET", path, headers, b"").status;
    assert_eq!(
        ask("/v1/me", &[("authorization", &format!("bearer {token}"))]),
        200
    );
    assert_eq!(
        ask(
            "/v1/me",
            &[("authorization", &bearer), ("authorization", &bearer)]
        ),
        400
    );
    assert_eq!(
        ask("/v1/me", &[("authorization", &format!("Basic {token}"))]),
        401
    );
    assert_eq!(ask("/v1/me", &[("authorization", &token)]), 401);
    assert_eq!(ask(&format!("/v1/me?access_token={token}"), &[]), 401);
    assert_eq!(
        ask("/v1/me", &[("cookie", &format!("access_token={token}"))]),
        401
    );
}

#[test]
fn a_genuine_token_may_be_16384_bytes_long_and_no_longer() {
    let service = Service::start();
    let forger = Forger::of(&service);
    let padded = |length: usize| forger.with_claim("padding", json!("x".repeat(length)));
    // Base64 makes four bytes of three, so the last padding that fits is found by trying.
    let longest = (11_000..12_500)
        .rfind(|length| padded(*length).len() <= 16_384)
        .unwrap();
    let me = |token: &str| service.bearer(token).get("/v1/me").status;
    assert!(padded(longest).len() > 16_380);
    assert_eq!((me(&padded(longest)), me(&padded(longest + 3))), (200, 401));
}

#[test]
fn a_token_with_all_the_groups_that_entra_puts_into_one_is_believed() {
    let other = Other::es256();
    let groups: Vec<String> = (0..200)
        .map(|number| format!("0e2c4f6a-8b1d-4c3e-9f5a-{number:012}"))
        .collect();
    let settings = format!(
        "roles_claim = \"/groups\"\nroles = {{ \"{}\" = \"editor\" }}",
        groups[199]
    );
    let service = other.service(&settings);
    let alice = other.actor(&service, "at+jwt", &json!({ "groups": groups }));
    assert!(alice.token().len() > 10_000, "{}", alice.token().len());
    let me = alice.get("/v1/me");
    assert_eq!(me.status, 200);
    assert_eq!(me.json()["roles"], json!(["editor"]));
}

#[test]
fn a_token_without_a_scope_may_do_nothing() {
    let service = Service::start();
    let token = Forger::of(&service).without_claim("scope");
    let alice = service.bearer(&token);
    assert_eq!(alice.get("/v1/me").json()["permissions"], json!([]));
    assert_snapshot!(alice.get("/v1/invoices"), @r#"
    403
    content-type: application/problem+json
    www-authenticate: Bearer realm="api", error="insufficient_scope", scope="invoices:read"

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
fn roles_of_other_services_give_nothing() {
    let service = Service::start();
    let token = Forger::of(&service).with_claim("roles", json!(["EDITOR", "root", "editor "]));
    assert_eq!(
        service.bearer(&token).get("/v1/me").json()["roles"],
        json!([])
    );
}
