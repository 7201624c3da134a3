//! One event is one line, whatever it contains.
//!
//! Controls: LO-05

use proptest::prelude::*;
use serde_json::Value;
use time::macros::datetime;

use super::*;
use crate::audit::{Received, TlsSession, chain::ChainHead};

fn written(entry: &Entry) -> Vec<u8> {
    let position = Position {
        seq: 7,
        prev_hash: ChainHead::START.hash,
        at: datetime!(2026-01-02 03:04:05.006 UTC),
        phase: Phase::Outcome,
        attempt: Some(6),
        outcome: Some(Outcome::Deny),
        checkpoint: None,
    };
    write(entry, &position).unwrap()
}

fn by(issuer: &str, subject: &str, id: &str) -> Entry {
    let actor = Actor {
        issuer: issuer.into(),
        subject: subject.into(),
        client: Some(subject.into()),
        acting_party: Some(id.into()),
        api_key: Some(id.into()),
        acr: Some(id.into()),
    };
    Entry::new(Event::SensitiveDelete).by(actor).on("order", id)
}

#[test]
fn a_line_has_these_members_in_this_order() {
    let entry = by("https://id.example", "alice", "42")
        .action("orders_delete")
        .request(Uuid::nil())
        .received(Received {
            method: "DELETE",
            route: Some("/v1/orders/{id}".to_owned()),
            client_request_id: Some("job-7.1".to_owned()),
            trace_id: Some(Uuid::max()),
            peer: Some(([192, 0, 2, 9], 50412).into()),
            tls: Some(TlsSession {
                version: "1.3",
                suite: "TLS13_AES_256_GCM_SHA384",
                group: Some("X25519MLKEM768"),
            }),
            product: Some("curl/8.5.0".to_owned()),
        })
        .from([192, 0, 2, 1].into())
        .because(Reason::WrongState)
        .status(409)
        .took(Duration::from_micros(12_900))
        .times(3);
    insta::assert_snapshot!(String::from_utf8(written(&entry)).unwrap(), @r#"{"seq":7,"prev_hash":"0000000000000000000000000000000000000000000000000000000000000000","ts":"2026-01-02T03:04:05.006Z","level":"warn","event":"sensitive_delete","phase":"outcome","attempt":6,"outcome":"deny","reason_code":"wrong_state","action":"orders_delete","method":"DELETE","route":"/v1/orders/{id}","request_id":"00000000-0000-0000-0000-000000000000","client_request_id":"job-7.1","trace_id":"ffffffffffffffffffffffffffffffff","tls_version":"1.3","tls_suite":"TLS13_AES_256_GCM_SHA384","tls_group":"X25519MLKEM768","actor":{"iss":"https://id.example","sub":"alice","client_id":"alice","act":"42","api_key":"42","acr":"42"},"object":{"type":"order","id":"42"},"src_ip":"192.0.2.1","peer":"192.0.2.9:50412","product":"curl/8.5.0","status":409,"duration_ms":12,"count":3}"#);
}

#[test]
fn what_a_client_wrote_cannot_leave_its_place() {
    let hostile =
        "\r\n\0\u{1b}[2J\u{7f}\t\u{2028}\u{2029}\u{202e}\u{85}\u{1f600}\",\"outcome\":\"success";
    let line = written(&by("i", hostile, hostile));
    let text = str::from_utf8(&line).unwrap();
    assert!(
        text.contains(
            r#""sub":"\u000d\u000a\u0000\u001b[2J\u007f\u0009\u2028\u2029\u202e\u0085\ud83d\ude00\",\"outcome\":\"success""#
        ),
        "{text}"
    );
    let value: Value = serde_json::from_slice(&line).unwrap();
    assert_eq!(value["outcome"], "deny");
    assert_eq!(value["actor"]["sub"], hostile);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn whatever_it_contains_one_event_is_one_line(
        issuer in ".*", subject in any::<String>(), id in any::<String>(),
    ) {
        let line = written(&by(&issuer, &subject, &id));
        prop_assert!(line.iter().all(|byte| matches!(byte, b' '..=b'~')));
        let value: Value = serde_json::from_slice(&line).unwrap();
        for (read, given) in [
            (&value["actor"]["iss"], &issuer),
            (&value["actor"]["sub"], &subject),
            (&value["object"]["id"], &id),
        ] {
            prop_assert_eq!(read.as_str().unwrap(), given);
        }
    }
}

#[test]
fn a_long_text_is_cut_and_says_so_and_no_line_is_longer_than_the_longest() {
    let exact = "\u{1f600}".repeat(MAX_TEXT);
    let long = "\u{1f600}".repeat(100_000);
    let received = Received {
        client_request_id: Some(long.clone()),
        ..Received::default()
    };
    let entry = by(&long, &exact, &long).over(long.as_str().into());
    let line = written(&entry.received(received));
    assert!(line.len() < MAX_LINE, "{}", line.len());
    let value: Value = serde_json::from_slice(&line).unwrap();
    assert_eq!(value["actor"]["sub"], exact);
    let cut = value["object"]["id"].as_str().unwrap();
    assert_eq!(cut.chars().count(), MAX_TEXT + 1);
    assert!(cut.ends_with('\u{2026}'));
}
