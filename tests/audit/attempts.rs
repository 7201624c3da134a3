//! An attempt is on the disk before the change, and its end is recorded however it ends (LO-01).

use std::{
    fs,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::{Context, Waker},
};

use app::audit::{Entry, Event, Outcome, Reason, Unwritable};

use crate::fixture::{Fixture, block_on, deletion, story};

#[test]
fn the_attempt_is_in_the_file_before_the_change_and_its_outcome_follows() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    block_on(async {
        let mut attempt = journal.attempt(deletion()).await.unwrap();
        let text = fs::read_to_string(fixture.file()).unwrap();
        assert!(text.contains(r#""phase":"attempt""#), "{text}");
        attempt.now(|entry| entry.on("invoice", 43));
        attempt.turned_out(Event::SensitiveApprove);
        attempt.answered(204);
        journal.point(Entry::new(Event::AuthzFail).because(Reason::NotPermitted));
        journal.close().await;
    });
    insta::assert_snapshot!(story(&fixture.lines()).join("\n"), @r"
    sys_monitor_enabled
    audit_checkpoint
    sensitive_delete attempt
    sensitive_approve outcome 3 success 204
    authz_fail not_permitted
    sys_monitor_disabled
    audit_checkpoint
    ");
    let lines = fixture.lines();
    assert_eq!(lines[2]["request_id"], lines[3]["request_id"]);
    assert_eq!(lines[3]["object"]["id"], "43");
    assert_eq!(fixture.verify().unwrap().seen.orphan_count, 0);
}

#[test]
fn an_outcome_is_what_was_said() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    block_on(async {
        for outcome in [Outcome::Error, Outcome::Panic] {
            journal.attempt(deletion()).await.unwrap().end(outcome);
        }
        for status in [201, 404, 500] {
            journal.attempt(deletion()).await.unwrap().answered(status);
        }
        journal.close().await;
    });
    let lines = fixture.lines();
    let outcomes = lines.iter().filter(|line| line["phase"] == "outcome");
    let outcomes: Vec<_> = outcomes
        .map(|line| line["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["error", "panic", "success", "deny", "error"]);
    assert_eq!(fixture.verify().unwrap().seen.orphan_count, 0);
}

/// Whoever drops it does not know whether the change was made: a transaction may have committed.
#[test]
fn an_attempt_that_is_dropped_claims_nothing_and_is_an_orphan() {
    let fixture = Fixture::with("queue_lines = 64");
    let journal = fixture.open();
    block_on(async {
        // More often than there is room for: what is dropped gives its room back.
        for _ in 0..100 {
            drop(journal.attempt(deletion()).await.unwrap());
        }
        let attempt = journal.attempt(deletion()).await.unwrap();
        let panicked = catch_unwind(AssertUnwindSafe(move || {
            let _attempt = attempt;
            panic!("a handler's defect");
        }));
        assert!(panicked.is_err());
        {
            let mut attempt = pin!(journal.attempt(deletion()));
            let mut context = Context::from_waker(Waker::noop());
            // It is queued; and then the client hangs up.
            assert!(attempt.as_mut().poll(&mut context).is_pending());
        }
        // What comes later is written later.
        journal.attempt(deletion()).await.unwrap().answered(204);
        journal.close().await;
    });
    let outcomes = |line: &&serde_json::Value| line["phase"] == "outcome";
    assert_eq!(fixture.lines().iter().filter(outcomes).count(), 1);
    assert_eq!(fixture.verify().unwrap().open, 102);
    // The process that could have said more is gone.
    fixture.append(1);
    let report = fixture.verify().unwrap();
    assert_eq!((report.seen.orphan_count, report.open), (102, 0));
}

#[test]
fn after_the_end_every_change_is_refused() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    block_on(async {
        let attempt = journal.attempt(deletion()).await.unwrap();
        journal.close().await;
        assert_eq!(journal.attempt(deletion()).await.err(), Some(Unwritable));
        // Too late: it stays an orphan.
        attempt.answered(204);
    });
    fixture.append(1);
    let report = fixture.verify().unwrap();
    assert_eq!(report.seen.orphan_count, 1);
    assert_eq!(
        report.seen.orphans[0].action.as_deref(),
        Some("invoices_delete")
    );
}

#[test]
fn many_requests_share_a_sync() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    block_on(async {
        let changes = (0..500).map(|_| async {
            journal.attempt(deletion()).await.unwrap().answered(204);
        });
        futures_util::future::join_all(changes).await;
        journal.close().await;
    });
    let numbers = journal.numbers();
    assert!(numbers.lines >= 1000, "{numbers:?}");
    assert!(numbers.syncs < 50, "{numbers:?}");
    fixture.verify().unwrap();
}
