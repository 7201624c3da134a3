//! The service itself, and what comes in floods (LO-07, LO-09).

use std::{path::Path, sync::Arc};

use actix_web::rt::System;
use app::audit::{Hash, Journal};
use serde_json::json;
use tempfile::TempDir;

use super::{of, one, verified};
use crate::{
    harness::{ManualClock, Service, settings, token_for},
    invoices::{content, draft},
};

#[test]
fn start_and_stop_with_a_hash_of_the_configuration() {
    let mut service = Service::start();
    let journal = verified(&mut service);
    let events: Vec<_> = journal
        .iter()
        .map(|line| line["event"].as_str().unwrap())
        .collect();
    let expected = ["config_loaded", "sys_startup", "sys_shutdown"];
    let told: Vec<_> = events
        .iter()
        .filter(|event| expected.contains(event))
        .collect();
    assert_eq!(told, expected.iter().collect::<Vec<_>>());
    let hash = one(&journal, "config_loaded")["object"]["id"]
        .as_str()
        .unwrap();
    assert_eq!(hash.len(), 64);
    let mut other = Service::with(&[("APP_PUBLIC__LIMITS__FIELDS", "32")]);
    let other = verified(&mut other);
    assert_ne!(one(&other, "config_loaded")["object"]["id"], hash);
}

/// The hash of the configuration, with a password in it that is short enough to guess.
fn hash_with_secret(data_dir: &Path, secret: &str) -> String {
    let url = format!("sqlite:{}?{secret}", data_dir.join("app.db").display());
    let settings = settings(data_dir, &[("APP_DATABASE__URL", &url)], &[]);
    let clock = Arc::new(ManualClock::default());
    let journal = Journal::open(&settings.audit, data_dir, clock).unwrap();
    let hash = journal.keyed_hash(settings.effective()).to_string();
    // So that its thread writes no more in this directory.
    System::new().block_on(journal.close());
    assert_ne!(hash, Hash::of(settings.effective()).to_string());
    hash
}

#[test]
fn the_hash_of_the_configuration_covers_secrets_and_cannot_be_guessed() {
    let data_dir = TempDir::new().unwrap();
    let hash = |secret| hash_with_secret(data_dir.path(), secret);
    let first = hash("a");
    assert_eq!(hash("a"), first);
    assert_ne!(hash("b"), first);
    for file in ["audit.jsonl", "audit.head", "audit.key"] {
        std::fs::remove_file(data_dir.path().join(file)).unwrap();
    }
    assert_ne!(hash("a"), first, "the key is another");
}

#[test]
fn a_start_records_the_keyed_hash_of_all_settings() {
    let mut service = Service::start();
    let data_dir = service.data_dir().to_owned();
    let journal = service.journal();
    let written = one(&journal, "config_loaded")["object"]["id"].clone();
    let settings = settings(&data_dir, &[], &[]);
    let clock = Arc::new(ManualClock::default());
    let journal = Journal::open(&settings.audit, &data_dir, clock).unwrap();
    assert_eq!(
        written,
        journal.keyed_hash(settings.effective()).to_string()
    );
}

#[test]
fn a_restart_goes_on_with_the_chain() {
    let mut service = Service::start();
    draft(&service.editor("alice"));
    service.restart();
    draft(&service.editor("alice"));
    let journal = verified(&mut service);
    assert_eq!(of(&journal, "sys_startup").len(), 2);
    let numbers: Vec<_> = journal
        .iter()
        .map(|line| line["seq"].as_u64().unwrap())
        .collect();
    assert!(
        numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]),
        "{numbers:?}"
    );
}

#[test]
fn refused_floods_are_one_line() {
    let quota = [
        ("APP_RATE_LIMIT__PER_CALLER__BURST", "2"),
        ("APP_RATE_LIMIT__PER_CALLER__PER_SECOND", "1"),
    ];
    let mut service = Service::with(&quota);
    let alice = service.reader("alice");
    for _ in 0..9 {
        alice.get("/v1/me");
    }
    let journal = verified(&mut service);
    // The five-second round may have split them.
    let lines = of(&journal, "excess_rate_limit_exceeded");
    assert!(lines.len() <= 2);
    for line in &lines {
        assert_eq!(line["reason_code"], "caller");
        assert_eq!(line["actor"]["sub"], "alice");
    }
    let count: u64 = lines
        .iter()
        .map(|line| line["count"].as_u64().unwrap())
        .sum();
    assert_eq!(count, 7);
}

#[test]
fn an_address_that_hits_a_quota_is_named() {
    let mut service = Service::with(&[
        ("APP_RATE_LIMIT__PER_ADDRESS__BURST", "3"),
        ("APP_RATE_LIMIT__PER_ADDRESS__PER_SECOND", "0.001"),
        ("APP_RATE_LIMIT__HANDSHAKES__BURST", "5"),
        ("APP_RATE_LIMIT__HANDSHAKES__PER_SECOND", "0.001"),
        ("APP_RATE_LIMIT__FAILED_AUTHENTICATION__BURST", "1"),
        ("APP_RATE_LIMIT__UNKNOWN_TOKENS__BURST", "1"),
    ]);
    let forger = service.bearer("forged");
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(forger.get("/v1/me").status);
    }
    assert_eq!(statuses, [401, 401, 429, 429]);
    forger.get("/healthz");
    let mut one_too_many = forger.connect();
    one_too_many.write(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert!(one_too_many.try_response("GET").is_none());
    let journal = verified(&mut service);
    for (policy, expected) in [
        ("failed-authentication", 1),
        ("address", 2),
        ("handshakes", 1),
    ] {
        let lines = of(&journal, "excess_rate_limit_exceeded");
        let lines = lines.iter().filter(|line| line["reason_code"] == policy);
        let counts = lines.map(|line| {
            assert_eq!(line["src_ip"], "127.0.0.1");
            line["count"].as_u64().unwrap()
        });
        assert_eq!(counts.sum::<u64>(), expected, "{policy}: {journal:#?}");
    }
}

#[test]
fn refusals_of_one_caller_are_lines_at_first_and_then_a_number() {
    let mut service = Service::start();
    let bob = service.reader("bob");
    for _ in 0..40 {
        bob.post("/v1/invoices", &content());
    }
    let journal = verified(&mut service);
    let lines = of(&journal, "authz_fail");
    assert_eq!(total(&lines), 40);
    assert!(lines.len() <= 18, "{}", lines.len());
    assert!(lines.iter().all(|line| line["actor"]["sub"] == "bob"));
}

#[test]
fn methods_and_paths_that_nobody_has() {
    let mut service = Service::start();
    let alice = service.reader("alice");
    alice.send("BREW", "/v1/me", &[], b"");
    for _ in 0..20 {
        alice.get("/v1/.env");
    }
    let journal = verified(&mut service);
    assert_eq!(one(&journal, "malicious_protocol")["reason_code"], "method");
    let lines = of(&journal, "malicious_excess_404");
    assert!(
        lines
            .iter()
            .all(|line| line["reason_code"] == "no_such_path")
    );
    assert_eq!(total(&lines), 20);
}

#[test]
fn broken_rules_are_a_number_by_caller_and_few_of_them_are_told_at_the_stop() {
    let mut service = Service::start();
    for (subject, times) in [("mallory", 30), ("alice", 3)] {
        let actor = service.editor(subject);
        for _ in 0..times {
            actor.post("/v1/invoices", &json!({ "amount_minor": "?" }));
        }
    }
    let journal = verified(&mut service);
    let lines = of(&journal, "input_validation_fail");
    for line in &lines {
        assert_eq!(line["action"], "invoices_create");
        assert_eq!(line["reason_code"], "malformed");
    }
    for (subject, times) in [("mallory", 30), ("alice", 3)] {
        let own = lines.iter().filter(|line| line["actor"]["sub"] == subject);
        assert_eq!(total(own), times, "{subject}: {lines:#?}");
    }
}

/// How many events the lines stand for.
fn total<'j>(lines: impl IntoIterator<Item = &'j &'j serde_json::Value>) -> u64 {
    let counts = lines.into_iter().map(|line| line["count"].as_u64());
    counts.map(|count| count.unwrap_or(1)).sum()
}

#[test]
fn a_query_where_none_is_read() {
    let mut service = Service::start();
    let alice = service.reader("alice");
    for _ in 0..12 {
        assert_eq!(alice.get("/v1/me?access_token=x").status, 400);
    }
    let journal = verified(&mut service);
    let lines = of(&journal, "input_validation_fail");
    assert_eq!(total(&lines), 12);
    for line in lines {
        assert_eq!(line["reason_code"], "unexpected_query");
        assert_eq!(line["action"], "me_read");
        assert_eq!(line["actor"]["sub"], "alice");
    }
}

#[test]
fn members_that_nobody_asked_for() {
    let mut service = Service::start();
    let mut body = content();
    body["owner"] = json!("mallory");
    let refused = service.editor("mallory").post("/v1/invoices", &body);
    assert_eq!(refused.status, 400);
    let journal = verified(&mut service);
    let line = one(&journal, "malicious_extraneous");
    assert_eq!(line["actor"]["sub"], "mallory");
    assert_eq!(of(&journal, "input_validation_fail").len(), 0);
}

#[test]
fn guessing_ids_is_a_burst() {
    let mut service = Service::start();
    let mallory = service.reader("mallory");
    for number in 0..30 {
        let path = format!("/v1/invoices/01a20268-1505-7e7e-84e5-bfde469120{number:02}");
        assert_eq!(mallory.get(&path).status, 404);
    }
    let journal = verified(&mut service);
    let lines = of(&journal, "malicious_excess_404");
    assert!(lines.iter().all(|line| line["actor"]["sub"] == "mallory"));
    assert_eq!(total(&lines), 30);
}

#[test]
fn too_many_connections() {
    let mut service = Service::with(&[("APP_PUBLIC__LIMITS__CONNECTIONS_PER_ADDRESS", "1")]);
    let anonymous = service.anonymous();
    let request = anonymous.keep_alive("GET", "/healthz");
    let mut first = anonymous.connect();
    first.write(request.as_bytes());
    first.response("GET");
    let mut second = anonymous.connect();
    second.write(request.as_bytes());
    second.response("GET");
    assert!(first.is_closed());
    let journal = verified(&mut service);
    let line = one(&journal, "excess_connections");
    assert_eq!(
        (&line["reason_code"], &line["src_ip"]),
        (&"of_one_address".into(), &"127.0.0.1".into())
    );
}

#[test]
fn broken_protocol_and_foreign_origins() {
    let cors = (
        "APP_PUBLIC__CORS__ALLOWED_ORIGINS",
        "https://app.example.com",
    );
    let mut service = Service::with(&[cors]);
    let anonymous = service.anonymous();
    let mut connection = anonymous.connect();
    connection.write(b"GET / HTTP/1.1\nhost: localhost\n\n");
    connection.response("GET");
    anonymous.send(
        "GET",
        "/healthz",
        &[("origin", "https://evil.example")],
        b"",
    );
    let journal = verified(&mut service);
    let protocol = one(&journal, "malicious_protocol");
    assert_eq!(
        (&protocol["reason_code"], &protocol["count"]),
        (&json!("malformed"), &json!(1))
    );
    let foreign = one(&journal, "malicious_cors");
    assert_eq!(
        (&foreign["count"], &foreign["src_ip"]),
        (&json!(1), &json!("127.0.0.1"))
    );
}

#[test]
fn a_subject_of_any_characters_is_one_line_of_ascii() {
    let mut service = Service::start();
    let subject = "al\u{202e}ice\u{2028}{\"seq\":1}\u{feff}\u{1f512}";
    let token = service.token(&token_for(subject, &["editor"]));
    draft(&service.bearer(&token));
    let journal = verified(&mut service);
    let attempt = one_attempt(&journal);
    assert_eq!(attempt["actor"]["sub"], subject);
    let bytes = std::fs::read(service.data_dir().join("audit.jsonl")).unwrap();
    assert!(bytes.iter().all(|byte| matches!(byte, b'\n' | b' '..=b'~')));
}

fn one_attempt(journal: &[serde_json::Value]) -> &serde_json::Value {
    let mut attempts = journal.iter().filter(|line| line["phase"] == "attempt");
    attempts.next().unwrap()
}
