//! A full file is renamed, and the chain goes on in the next (LO-07, LO-08).

use std::fs;

use app::audit::{Fault, Refusal};
use futures_util::future::join_all;

use crate::fixture::{Fixture, block_on, deletion, verify_files};

fn rotated() -> Fixture {
    let fixture = Fixture::with("max_file_bytes = 65536\ncheckpoint_lines = 50");
    let journal = fixture.open();
    block_on(async {
        for _ in 0..20 {
            let changes = (0..40).map(|_| async {
                journal.attempt(deletion()).await.unwrap().answered(204);
            });
            join_all(changes).await;
        }
        journal.close().await;
    });
    fixture
}

#[test]
fn the_chain_goes_on_across_files_in_the_order_of_their_names() {
    let fixture = rotated();
    let files = fixture.files();
    assert!(files.len() > 4, "{files:?}");
    let report = fixture.verify().unwrap();
    assert_eq!(report.seen.orphan_count, 0);
    assert!(report.seen.lines > 1600);
    for file in &files[..files.len() - 1] {
        // A full file ends with a checkpoint, so that it can be kept and verified on its own.
        let text = fs::read_to_string(file).unwrap();
        assert!(text.lines().last().unwrap().contains("audit_checkpoint"));
        assert!(text.len() < 2 * 65_536, "{}", text.len());
        let last = report.last_seq.to_string();
        assert!(!file.to_str().unwrap().contains(&last));
    }
}

#[test]
fn a_file_in_between_that_is_missing_is_named() {
    let mut files = rotated().files();
    // The directory is gone with the fixture: verify reads what it is given.
    assert!(verify_files(files.clone(), Vec::new(), None).is_err());
    let fixture = rotated();
    files = fixture.files();
    files.remove(1);
    assert!(matches!(
        verify_files(files.clone(), Vec::new(), None),
        Err(Refusal::Line(file, 1, Fault::Number { .. })) if file == files[1]
    ));
    // Without the oldest, it begins later, and that is no fault.
    let files = fixture.files();
    verify_files(files[2..].to_vec(), Vec::new(), None).unwrap();
}

#[test]
fn a_crash_between_two_files_loses_nothing() {
    let fixture = rotated();
    // As if the next file had not been made yet.
    let journal = fixture.files().pop().unwrap();
    let before = fixture.files().len();
    let text = fs::read_to_string(&journal).unwrap();
    let seq = text.lines().count();
    assert!(seq > 0);
    fs::remove_file(&journal).unwrap();
    let rotated_last = fixture.files().pop().unwrap();
    let last = fs::read_to_string(rotated_last).unwrap();
    fs::write(
        fixture.path().join("audit.head"),
        last.lines().last().unwrap(),
    )
    .unwrap();
    fixture.append(1);
    assert_eq!(fixture.files().len(), before);
    let report = fixture.verify().unwrap();
    assert_eq!(report.seen.gap_count, 0);
}
