//! Refused credentials, counted by address: guessing is slowed down, and nobody is locked out by
//! somebody else's guesses, at the same address neither (RL-05).

use time::Duration;

use super::refused_by;
use crate::harness::{Response, Service};

/// One failure in ten seconds, after a burst of three; then the lane, which is as good as closed.
fn service() -> Service {
    with_lane("0.001", "1")
}

fn with_lane(per_second: &str, burst: &str) -> Service {
    Service::with(&[
        ("APP_RATE_LIMIT__FAILED_AUTHENTICATION__PER_SECOND", "0.1"),
        ("APP_RATE_LIMIT__FAILED_AUTHENTICATION__BURST", "3"),
        ("APP_RATE_LIMIT__UNKNOWN_TOKENS__PER_SECOND", per_second),
        ("APP_RATE_LIMIT__UNKNOWN_TOKENS__BURST", burst),
        ("APP_PUBLIC__TRUSTED_PROXIES", "127.0.0.1/32"),
    ])
}

const ATTACKER: &str = "203.0.113.66";

fn from(service: &Service, address: &str, token: &str) -> Response {
    let headers = [("x-forwarded-for", address)];
    service.bearer(token).send("GET", "/v1/me", &headers, b"")
}

/// A token that looks like one of alice's.
fn guess(service: &Service, attempt: usize) -> String {
    let genuine = service.token(&crate::harness::token_for("alice", &[]));
    let (signed, _) = genuine.rsplit_once('.').unwrap();
    format!("{signed}.{}", ["A", "B", "C"][attempt % 3].repeat(86))
}

/// The failures of the address, and the one that the lane has.
fn use_up(service: &Service) {
    for attempt in 0..4 {
        let answer = from(service, ATTACKER, &guess(service, attempt));
        assert_eq!(answer.status, 401, "{answer}");
    }
}

#[test]
fn after_so_many_failures_credentials_are_no_longer_looked_at() {
    let service = service();
    use_up(&service);
    let refused = from(&service, ATTACKER, &guess(&service, 0));
    refused_by("failed-authentication", &refused);
    assert_eq!(refused.header("retry-after"), "10");
    assert_eq!(refused.find("www-authenticate"), None);
    insta::assert_snapshot!(refused, @r#"
    429
    content-type: application/problem+json
    retry-after: 10

    {
      "detail": "Too many credentials from this address were refused. Retry-After says when to try again.",
      "instance": "urn:uuid:[id]",
      "status": 429,
      "title": "Quota of failed authentications exceeded",
      "type": "/problems/failed-authentication-quota-exceeded"
    }
    "#);
    // Nor genuine ones that are new here, while the lane has no room: telling them apart would take the
    // signature check.
    let genuine = service.token(&crate::harness::token_for("alice", &[]));
    refused_by("failed-authentication", &from(&service, ATTACKER, &genuine));
}

#[test]
fn the_failures_come_back_one_by_one() {
    let service = service();
    use_up(&service);
    service.clock.advance(Duration::milliseconds(9999));
    refused_by("failed-authentication", &from(&service, ATTACKER, "guess"));
    service.clock.advance(Duration::milliseconds(1));
    assert_eq!(from(&service, ATTACKER, "guess").status, 401);
    refused_by("failed-authentication", &from(&service, ATTACKER, "guess"));
    service.clock.advance(Duration::seconds(10));
    let genuine = service.token(&crate::harness::token_for("alice", &[]));
    assert_eq!(from(&service, ATTACKER, &genuine).status, 200);
}

#[test]
fn nobody_is_locked_out_by_anothers_guesses() {
    let service = service();
    let alice = service.token(&crate::harness::token_for("alice", &[]));
    assert_eq!(from(&service, ATTACKER, &alice).status, 200);
    use_up(&service);
    refused_by("failed-authentication", &from(&service, ATTACKER, "guess"));
    let again = from(&service, ATTACKER, &alice);
    assert_eq!(
        again.status, 200,
        "a token that is known already, at the same address"
    );
    let fresh = service.token(&crate::harness::token_for("alice", &[]));
    assert_eq!(
        from(&service, "203.0.113.1", &fresh).status,
        200,
        "alice herself, elsewhere"
    );
}

#[test]
fn a_remembered_token_that_expires_is_a_failure_like_any() {
    let service = service();
    let alice = service.token(&crate::harness::token_for("alice", &[]));
    assert_eq!(from(&service, ATTACKER, &alice).status, 200);
    service.clock.advance(Duration::minutes(16));
    use_up(&service);
    refused_by("failed-authentication", &from(&service, ATTACKER, &alice));
}

#[test]
fn what_carries_no_credentials_is_no_guess() {
    let service = service();
    for _ in 0..5 {
        assert_eq!(service.anonymous().get("/v1/me").status, 401);
        let basic = [("authorization", "Basic YWxpY2U6c2VjcmV0")];
        let answer = service.anonymous().send("GET", "/v1/me", &basic, b"");
        assert_eq!(answer.status, 401);
    }
    assert_eq!(service.reader("alice").get("/v1/me").status, 200);
}

#[test]
fn good_credentials_are_no_failures() {
    let service = service();
    for subject in ["a", "b", "c", "d", "e"] {
        assert_eq!(service.reader(subject).get("/v1/me").status, 200);
    }
}

#[test]
fn a_neighbours_new_token_comes_in_while_an_address_is_stuffing() {
    let service = with_lane("20", "20");
    for attempt in 0..3 {
        let answer = from(&service, ATTACKER, &guess(&service, attempt));
        assert_eq!(answer.status, 401);
    }
    let mut looked_at = 0;
    for neighbour in ["ann", "ben", "cat"] {
        // Five forged ones in a second: less than the half of the lane that one address may have.
        for attempt in 0..5 {
            let answer = from(&service, ATTACKER, &guess(&service, attempt));
            looked_at += u32::from(answer.status == 401);
            service.clock.advance(Duration::milliseconds(200));
        }
        let fresh = service.token(&crate::harness::token_for(neighbour, &[]));
        assert_eq!(from(&service, ATTACKER, &fresh).status, 200, "{neighbour}");
    }
    assert_eq!(looked_at, 15);
}

#[test]
fn however_many_tokens_and_addresses_there_are_no_more_are_looked_at_than_the_lane_has() {
    let service = with_lane("2", "2");
    let addresses: Vec<String> = (1..=5).map(|host| format!("203.0.113.{host}")).collect();
    for address in &addresses {
        for attempt in 0..3 {
            assert_eq!(
                from(&service, address, &guess(&service, attempt)).status,
                401
            );
        }
    }
    let mut looked_at = 0;
    // Two seconds: too short for a failure to come back.
    for attempt in 0..8 {
        for address in &addresses {
            let answer = from(&service, address, &guess(&service, attempt));
            looked_at += u32::from(answer.status == 401);
        }
        service.clock.advance(Duration::milliseconds(250));
    }
    assert!((2..=6).contains(&looked_at), "{looked_at}");
}
