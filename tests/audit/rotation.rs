//! A full file is renamed, and the chain goes on in the next (LO-07, LO-08).

use std::fs;

use app::audit::{Fault, Refusal};
use futures_util::future::join_all;

use crate::fixture::{Fixture, block_on, deletion, parsed, story, verify_files};

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

/// What the starts said of the files they found.
fn gaps(fixture: &Fixture) -> Vec<String> {
    let said = story(&fixture.lines());
    let gaps = said
        .into_iter()
        .filter(|line| line.starts_with("audit_gap"));
    gaps.collect()
}

#[test]
fn a_full_file_that_lost_its_end_is_said_and_the_numbers_go_on() {
    for (current, head) in [(true, true), (false, true), (false, false)] {
        let fixture = rotated();
        let files = fixture.files();
        let [.., full, journal] = &files[..] else {
            panic!("{files:?}")
        };
        let last = &parsed(full).pop().unwrap()["seq"];
        let last = last.as_u64().unwrap();
        fs::write(full, "").unwrap();
        if !current {
            fs::remove_file(journal).unwrap();
        }
        if !head {
            fs::remove_file(fixture.path().join("audit.head")).unwrap();
        }
        fixture.append(1);
        let said = gaps(&fixture);
        let changed = |said: &[String]| {
            let changed = said.iter().filter(|gap| gap.contains("full_file_changed"));
            changed.count()
        };
        assert_eq!(changed(&said), 1, "{said:?}");
        assert_eq!(said.contains(&"audit_gap head_missing".to_owned()), !head);
        let next = &parsed(&fixture.files()[files.len() - 1])[0]["seq"];
        assert!(next.as_u64().unwrap() > last, "{next}");
        // The one after it adds nothing, where the gap is at the beginning of the file.
        fixture.append(1);
        if !current {
            assert_eq!(gaps(&fixture), said);
        }
        verify_files(vec![fixture.file()], Vec::new(), None).unwrap();
    }
}

#[test]
fn a_journal_that_does_not_follow_the_full_file_is_broken() {
    let (fixture, other) = (rotated(), Fixture::used(2));
    fs::copy(other.file(), fixture.file()).unwrap();
    fs::remove_file(fixture.path().join("audit.head")).unwrap();
    fixture.append(1);
    assert!(gaps(&fixture).contains(&"audit_gap chain_broken".to_owned()));
    // It is beside the new one, and the new one goes on from the full file.
    let moved = fixture.path().join("audit.broken-1");
    assert_eq!(fs::read(moved).unwrap(), fs::read(other.file()).unwrap());
    verify_files(fixture.files(), Vec::new(), None).unwrap();
}
