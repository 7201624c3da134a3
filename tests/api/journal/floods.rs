//! What comes in floods has a line for the first few of a round, and then a number: nobody writes the
//! journal with a line a request, on no path (LO-07).

use serde_json::Value;

use super::of;
use crate::{harness::Service, surface::probes};

/// So many requests of a kind, and so many lines at most: five of each round of five seconds, and a
/// number; the flood may last for two rounds.
const REQUESTS: u64 = 40;
const LINES: usize = 12;

#[track_caller]
fn few_lines_that_add_up(journal: &[Value], event: &str) {
    let lines = of(journal, event);
    assert!((1..=LINES).contains(&lines.len()), "{event}: {lines:#?}");
    let counts = lines.iter().map(|line| line["count"].as_u64().unwrap_or(1));
    assert_eq!(counts.sum::<u64>(), REQUESTS, "{event}");
}

#[test]
fn tokens_that_are_refused() {
    let mut service = Service::start();
    for _ in 0..REQUESTS {
        assert_eq!(service.bearer("forged").get("/v1/me").status, 401);
    }
    few_lines_that_add_up(&service.journal(), "authn_token_fail");
}

#[test]
fn tokens_that_are_believed_of_a_caller_over_its_quota_too() {
    let mut service = Service::with(&[
        ("APP_AUTH__TOKEN_CACHE_ENTRIES", "0"),
        ("APP_RATE_LIMIT__PER_CALLER__BURST", "2"),
    ]);
    let alice = service.reader("alice");
    let over = (0..REQUESTS).filter(|_| alice.get("/v1/me").status == 429);
    assert_eq!(over.count(), 38);
    let journal = service.journal();
    few_lines_that_add_up(&journal, "authn_token_ok");
    for line in of(&journal, "authn_token_ok") {
        assert_eq!(line["actor"]["sub"], "alice");
    }
}

#[test]
fn defects_that_anybody_can_reach() {
    let mut service = Service::serving(probes::service(), &[]);
    for _ in 0..REQUESTS {
        assert_eq!(service.anonymous().get("/panic").status, 500);
        assert_eq!(service.anonymous().get("/broken").status, 500);
    }
    let journal = service.journal();
    for event in ["sys_panic", "unexpected_error"] {
        few_lines_that_add_up(&journal, event);
    }
}
