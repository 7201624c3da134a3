//! An issuer's keys change while the service runs (JW-12). The key set is a file here; `provider.rs`
//! does the same with a real provider, over TLS.

use std::path::Path;

use app::auth::tokens::development::{DevelopmentIssuer, TokenRequest};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    harness::{Service, token_for},
    other_issuer::Other,
};

/// The same issuer with a new key.
fn new_key() -> (TempDir, DevelopmentIssuer) {
    let directory = TempDir::new().unwrap();
    let issuer = DevelopmentIssuer::open(directory.path()).unwrap();
    (directory, issuer)
}

fn publish(service: &Service, directory: &Path) {
    let published = service.data_dir().join("dev/jwks.json");
    std::fs::copy(directory.join("jwks.json"), published).unwrap();
}

fn token(service: &Service, issuer: &DevelopmentIssuer) -> String {
    let request: TokenRequest = token_for("alice", &["reader"]);
    let now = app::clock::Clock::now(&*service.clock);
    issuer
        .token(&request, &app::permissions::ACCESS, now)
        .unwrap()
}

#[test]
fn a_new_key_is_believed_with_its_first_token_and_a_withdrawn_one_no_longer() {
    let service = Service::start();
    let old = service.reader("alice");
    assert_eq!(old.get("/v1/me").status, 200, "and now it is remembered");
    let (directory, rotated) = new_key();
    publish(&service, directory.path());
    let new = service.bearer(&token(&service, &rotated));
    assert_eq!(new.get("/v1/me").status, 200, "no restart, no refusal");
    assert_eq!(
        old.get("/v1/me").status,
        401,
        "a remembered token does not outlive its key"
    );
}

#[test]
fn an_unknown_key_is_looked_for_once_in_a_cool_down() {
    let service = Service::start();
    let (_, unpublished) = new_key();
    let unknown = service.bearer(&token(&service, &unpublished));
    assert_eq!(unknown.get("/v1/me").status, 401);
    let (directory, rotated) = new_key();
    publish(&service, directory.path());
    let new = service.bearer(&token(&service, &rotated));
    assert_eq!(
        new.get("/v1/me").status,
        401,
        "the key is there, and not looked for yet"
    );
}

#[test]
fn keys_are_looked_at_anew_now_and_then() {
    let refresh = [("APP_AUTH__KEY_REFRESH_SECONDS", "1")];
    let service = Service::with(&refresh);
    let old = service.reader("alice");
    assert_eq!(old.get("/v1/me").status, 200);
    publish(&service, new_key().0.path());
    let withdrawn = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        old.get("/v1/me").status == 401
    });
    assert!(withdrawn);
}

#[test]
fn a_key_set_that_breaks_leaves_the_keys_as_they_were_for_a_bounded_time() {
    let impatient = [
        ("APP_AUTH__KEY_REFRESH_SECONDS", "1"),
        ("APP_AUTH__KEY_MAX_AGE_SECONDS", "3"),
    ];
    let service = Service::with(&impatient);
    let alice = service.reader("alice");
    std::fs::write(service.data_dir().join("dev/jwks.json"), "{").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert_eq!(alice.get("/v1/me").status, 200, "still believed");
    std::thread::sleep(std::time::Duration::from_millis(2500));
    let refused = alice.get("/v1/me");
    assert_eq!(refused.status, 503, "and then nothing is");
    assert_eq!(refused.header("retry-after"), "5");
}

#[test]
fn without_the_cache_tokens_are_believed_all_the_same() {
    let service = Service::with(&[("APP_AUTH__TOKEN_CACHE_ENTRIES", "0")]);
    let alice = service.reader("alice");
    assert_eq!(
        (alice.get("/v1/me").status, alice.get("/v1/me").status),
        (200, 200)
    );
}

#[test]
fn a_remembered_token_expires_like_any_other() {
    let service = Service::start();
    let alice = service.reader("alice");
    assert_eq!(alice.get("/v1/me").status, 200);
    service.clock.advance(time::Duration::minutes(16));
    assert_eq!(alice.get("/v1/me").status, 401);
}

#[test]
fn an_issuer_whose_keys_cannot_be_had_is_one_number_in_the_journal_and_no_other_issuers_trouble() {
    let other = Other::es256();
    let nobody_listens = "jwks_url = \"https://127.0.0.1:1/keys\"\nallow_private_network = true";
    let mut service = other.service(nobody_listens);
    let theirs = other.actor(&service, "at+jwt", &json!({}));
    for _ in 0..40 {
        let answer = theirs.get("/v1/me");
        assert_eq!(answer.status, 503);
        assert_eq!(answer.header("retry-after"), "5");
    }
    assert_eq!(service.reader("alice").get("/v1/me").status, 200);
    let journal = service.journal();
    let lines = journal
        .iter()
        .filter(|line| line["reason_code"] == "keys_unavailable");
    let lines: Vec<_> = lines.collect();
    // A round of five seconds may have split them.
    assert!((1..=3).contains(&lines.len()), "{lines:#?}");
    let counts = lines.iter().map(|line| line["count"].as_u64().unwrap());
    assert_eq!(counts.sum::<u64>(), 40);
}

#[test]
fn a_key_set_file_that_cannot_be_read_or_has_no_key_stops_the_start() {
    let other = Other::es256();
    let refused = |text: &str| {
        std::fs::write(other.files.path().join("jwks.json"), text).unwrap();
        other.usable("").unwrap_err().to_string()
    };
    assert!(refused("{").contains("JWK Set"));
    assert!(refused("[]").contains("JWK Set"));
    assert!(refused(r#"{"keys":[]}"#).contains("no key"));
    std::fs::remove_file(other.files.path().join("jwks.json")).unwrap();
    let missing = other.usable("").unwrap_err().to_string();
    assert!(missing.contains("jwks.json"), "{missing}");
}
