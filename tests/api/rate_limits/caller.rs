//! The quota of a caller: whatever token, address, path or method it uses (RL-01, RL-02).

use std::io::Write as _;

use time::Duration;

use super::refused_by;
use crate::{
    harness::{Actor, Response, Service, token_for},
    invoices::{content, draft},
    surface::probes,
};

/// Two a second, after a burst of so many.
fn quota(burst: &'static str) -> [(&'static str, &'static str); 2] {
    [
        ("APP_RATE_LIMIT__PER_CALLER__PER_SECOND", "2"),
        ("APP_RATE_LIMIT__PER_CALLER__BURST", burst),
    ]
}

fn with_burst(burst: &'static str) -> Service {
    Service::with(&quota(burst))
}

fn standing(answer: &Response) -> (u16, &str, &str) {
    let policy = answer.header("ratelimit-policy");
    (answer.status, answer.header("ratelimit"), policy)
}

#[test]
fn a_caller_is_told_where_it_stands_and_refused_when_nothing_is_left() {
    let service = with_burst("3");
    let alice = service.reader("alice");
    let policy = r#""caller";q=3;w=2"#;
    for left in [2, 1, 0] {
        let expected = format!(r#""caller";r={left};t=1"#);
        let answer = alice.get("/v1/me");
        assert_eq!(standing(&answer), (200, &*expected, policy));
    }
    let refused = alice.get("/v1/me");
    assert_eq!(standing(&refused), (429, r#""caller";r=0;t=1"#, policy));
    insta::assert_snapshot!(refused, @r#"
    429
    content-type: application/problem+json
    retry-after: 1

    {
      "detail": "This caller made too many requests. Retry-After says when to try again.",
      "instance": "urn:uuid:[id]",
      "status": 429,
      "title": "Quota of the caller exceeded",
      "type": "/problems/caller-quota-exceeded"
    }
    "#);
}

#[test]
fn the_quota_fills_at_its_rate_and_not_beyond_its_burst() {
    let service = with_burst("3");
    let alice = service.reader("alice");
    let served = || (0..9).filter(|_| alice.get("/v1/me").status == 200).count();
    assert_eq!(served(), 3);
    service.clock.advance(Duration::milliseconds(499));
    assert_eq!(served(), 0);
    service.clock.advance(Duration::milliseconds(1));
    assert_eq!(served(), 1);
    service.clock.advance(Duration::seconds(1));
    assert_eq!(served(), 2);
    service.clock.advance(Duration::minutes(5));
    assert_eq!(served(), 3, "an idle hour is not saved up");
}

#[test]
fn retry_after_is_long_enough() {
    let quota = [
        ("APP_RATE_LIMIT__PER_CALLER__PER_SECOND", "0.3"),
        ("APP_RATE_LIMIT__PER_CALLER__BURST", "1"),
    ];
    let service = Service::with(&quota);
    let alice = service.reader("alice");
    alice.get("/v1/me");
    let refused = alice.get("/v1/me");
    assert_eq!(
        refused.header("retry-after"),
        "4",
        "3.3 seconds, rounded up"
    );
    service.clock.advance(Duration::seconds(4));
    assert_eq!(alice.get("/v1/me").status, 200);
}

#[test]
fn the_quota_is_the_subjects_and_not_the_tokens() {
    let service = with_burst("4");
    let of_alice = |request: &dyn Fn(&mut app::auth::tokens::development::TokenRequest)| {
        let mut token = token_for("alice", &["reader"]);
        request(&mut token);
        service.bearer(&service.token(&token))
    };
    let tokens: Vec<Actor> = vec![
        of_alice(&|_| {}),
        of_alice(&|token| token.lifetime = Duration::minutes(5)),
        of_alice(&|token| token.roles = vec!["editor", "auditor"]),
        of_alice(&|token| token.scope = Some("invoices:read".to_owned())),
    ];
    for actor in &tokens {
        assert_eq!(actor.get("/v1/me").status, 200);
    }
    for actor in &tokens {
        refused_by("caller", &actor.get("/v1/me"));
    }
    assert_eq!(service.reader("bob").get("/v1/me").status, 200);
    assert_eq!(service.reader("alice2").get("/v1/me").status, 200);
}

#[test]
fn no_spelling_of_a_request_is_free() {
    let proxy = ("APP_PUBLIC__TRUSTED_PROXIES", "127.0.0.1/32");
    let service = Service::with(&[&quota("7")[..], &[proxy]].concat());
    let alice = service.reader("alice");
    let seven = [
        alice.get("/v1/me"),
        alice.get("/v1/me/"),
        alice.get("/v1/me?page=2"),
        alice.get("/v1/nothing"),
        alice.send("HEAD", "/v1/me", &[], b""),
        alice.send("DELETE", "/v1/me", &[], b""),
        alice.send("GET", "/v1/me", &[("x-forwarded-for", "203.0.113.1")], b""),
    ];
    let statuses = seven.map(|answer| answer.status);
    assert_eq!(statuses, [200, 404, 400, 404, 200, 405, 200]);
    for (method, path) in [
        ("GET", "/v1/me"),
        ("GET", "/v1/me/"),
        ("GET", "/v1/nothing"),
        ("PUT", "/v1/me"),
    ] {
        refused_by("caller", &alice.send(method, path, &[], b""));
    }
    let elsewhere = [("x-forwarded-for", "203.0.113.2")];
    refused_by("caller", &alice.send("GET", "/v1/me", &elsewhere, b""));
    assert_eq!(alice.send("HEAD", "/v1/me", &[], b"").status, 429);
}

#[test]
fn changes_have_a_smaller_quota_and_reads_go_on() {
    let share = ("APP_RATE_LIMIT__PER_CALLER__WRITES_SHARE", "0.2");
    let service = Service::with(&[&quota("10")[..], &[share]].concat());
    let alice = service.editor("alice");
    for left in [1, 0] {
        let answer = alice.post("/v1/invoices", &content());
        let standing = standing(&answer);
        let rest = format!(r#", "writes";r={left};t=3"#);
        assert_eq!(standing.0, 201, "{answer}");
        assert!(standing.1.ends_with(&rest), "{standing:?}");
        assert_eq!(standing.2, r#""caller";q=10;w=5, "writes";q=2;w=5"#);
    }
    let refused = alice.post("/v1/invoices", &content());
    refused_by("writes", &refused);
    assert_eq!(
        refused.header("ratelimit"),
        r#""caller";r=7;t=1, "writes";r=0;t=3"#
    );
    refused_by("writes", &alice.delete("/v1/invoices/x", "\"1\""));

    let list = alice.get("/v1/invoices").json();
    assert_eq!(
        list["items"].as_array().unwrap().len(),
        2,
        "nothing was written: {list}"
    );
}

#[test]
fn expensive_operations_have_a_quota_of_their_own() {
    let share = ("APP_RATE_LIMIT__PER_CALLER__EXPENSIVE_SHARE", "0.1");
    let service = Service::serving(probes::service(), &[&quota("10")[..], &[share]].concat());
    let alice = service.editor("alice");
    assert_eq!(alice.get("/v1/expensive").status, 204);
    refused_by("expensive", &alice.get("/v1/expensive"));
    draft(&alice);
    assert_eq!(alice.get("/v1/me").status, 200);
}

#[test]
fn a_role_may_have_a_quota_of_its_own_and_the_largest_counts() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let settings = r#"
        [rate_limit.per_caller]
        per_second = 1
        burst = 1
        [[rate_limit.per_role]]
        role = "reader"
        per_second = 2
        burst = 2
        [[rate_limit.per_role]]
        role = "auditor"
        per_second = 4
        burst = 4
    "#;
    file.write_all(settings.as_bytes()).unwrap();
    let service = Service::configured(file.path());
    let served = |roles: &[&'static str], subject| {
        let actor = service.actor(subject, roles);
        (0..9).filter(|_| actor.get("/v1/me").status == 200).count()
    };
    assert_eq!(served(&["editor"], "an editor"), 1);
    assert_eq!(served(&["reader"], "a reader"), 2);
    assert_eq!(served(&["reader", "auditor"], "both"), 4);
}

#[test]
fn a_preflight_costs_the_caller_nothing() {
    let origin = "https://app.example.com";
    let cors = ("APP_PUBLIC__CORS__ALLOWED_ORIGINS", origin);
    let service = Service::with(&[&quota("1")[..], &[cors]].concat());
    let alice = service.reader("alice");
    let headers = [("origin", origin), ("access-control-request-method", "GET")];
    for _ in 0..3 {
        assert_eq!(alice.send("OPTIONS", "/v1/me", &headers, b"").status, 200);
    }
    assert_eq!(
        alice
            .send("GET", "/v1/me", &[("origin", origin)], b"")
            .status,
        200
    );
    let refused = alice.send("GET", "/v1/me", &[("origin", origin)], b"");
    refused_by("caller", &refused);
    assert_eq!(refused.header("access-control-allow-origin"), origin);
    let exposed = refused.header("access-control-expose-headers");
    for name in ["retry-after", "ratelimit", "ratelimit-policy"] {
        assert!(exposed.contains(name), "{exposed}");
    }
}

#[test]
fn a_refused_change_is_not_read_and_changes_nothing() {
    let service = with_burst("1");
    let alice = service.editor("alice");
    alice.get("/v1/me");
    let headers = [
        ("content-type", "application/json"),
        ("content-length", "60000"),
    ];
    let mut connection = alice.open("POST", "/v1/invoices", &headers);
    refused_by("caller", &connection.response("POST"));
    let list = service.auditor("oscar").get("/v1/invoices").json();
    assert_eq!(list["items"], serde_json::json!([]));
}
