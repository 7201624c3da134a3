//! What somebody with an editor can do to a journal, and who notices (LO-08).

use std::fs;

use app::audit::{CheckpointKey, Fault, Head, PublicKey, Refusal, Tip};
use tempfile::TempDir;

use crate::fixture::{Fixture, block_on, chained, deletion, verify_files};

/// Changes the lines of a sound journal, and verifies it: what is said, with the file's own name.
fn tampered(change: impl FnOnce(&mut Vec<String>)) -> String {
    let fixture = Fixture::used(20);
    assert!(fixture.verify().is_ok());
    let text = fs::read_to_string(fixture.file()).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    change(&mut lines);
    let text: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
    fs::write(fixture.file(), text).unwrap();
    let said = fixture.verify().unwrap_err().to_string();
    said.replace(&format!("{}/", fixture.path().display()), "")
}

#[test]
fn a_change_shows_in_the_next_line() {
    let said = tampered(|lines| lines[9] = lines[9].replace("\"42\"", "\"43\""));
    insta::assert_snapshot!(said, @"audit.jsonl:11: was not written after the line that stands before it: one of the two was changed");
    // And one that reads the same in the line itself: a line has one spelling.
    let said = tampered(|lines| lines[9] = lines[9].replace("\"event\":", "\"event\" :"));
    insta::assert_snapshot!(said, @"audit.jsonl:10: is not a line of a journal");
}

#[test]
fn a_line_taken_out_put_in_or_moved_is_named() {
    insta::assert_snapshot!(tampered(|lines| drop(lines.remove(9))), @"audit.jsonl:10: has number 11 where 10 follows: lines were taken out, put in or moved");
    insta::assert_snapshot!(tampered(|lines| lines.insert(9, lines[9].clone())), @"audit.jsonl:11: has number 10 where 11 follows: lines were taken out, put in or moved");
    insta::assert_snapshot!(tampered(|lines| lines.swap(9, 10)), @"audit.jsonl:10: has number 11 where 10 follows: lines were taken out, put in or moved");
    insta::assert_snapshot!(tampered(|lines| lines[9] = "x".to_owned()), @"audit.jsonl:10: is not a line of a journal");
    insta::assert_snapshot!(tampered(|lines| lines[9] = "x".repeat(1 << 20)), @"audit.jsonl:10: is longer than any line of a journal");
}

#[test]
fn a_cut_end_is_seen_by_the_head() {
    insta::assert_snapshot!(tampered(|lines| lines.truncate(30)), @"audit.jsonl: ends with number 30, and number 44 was signed: the end was cut off");
    insta::assert_snapshot!(tampered(Vec::clear), @"audit.jsonl: ends with number 0, and number 44 was signed: the end was cut off");
}

#[test]
fn the_end_may_be_cut_to_the_last_checkpoint_and_not_further() {
    let fixture = Fixture::used(1);
    let journal = fixture.open();
    block_on(async { journal.attempt(deletion()).await.unwrap().answered(204) });
    // Without a checkpoint after it, nothing vouches for the new lines. It is as if a crash had lost
    // them, which is why checkpoints come every minute, and at the end.
    let now = fs::read_to_string(fixture.file()).unwrap();
    let head = fs::read(fixture.path().join("audit.head")).unwrap();
    let lines: Vec<&str> = now.lines().collect();
    let last = lines
        .iter()
        .rposition(|line| line.contains("audit_checkpoint"))
        .unwrap();
    let copy = TempDir::new().unwrap();
    let file = copy.path().join("audit.jsonl");
    let keys = vec![PublicKey::read(&fixture.path().join("audit.pub")).unwrap()];
    fs::write(copy.path().join("audit.head"), head).unwrap();
    let head = Head::read(&copy.path().join("audit.head"), &keys).unwrap();
    fs::write(&file, lines[..=last].join("\n") + "\n").unwrap();
    assert!(verify_files(vec![file.clone()], keys.clone(), Some(head)).is_ok());
    fs::write(&file, lines[..last].join("\n") + "\n").unwrap();
    let cut = verify_files(vec![file], keys, Some(head));
    assert!(matches!(cut, Err(Refusal::Cut(..))), "{cut:?}");
}

/// Somebody writes the whole journal anew: the chain holds, the numbers fit, the signatures are his.
#[test]
fn a_journal_written_anew_is_seen_by_the_key_and_by_the_head() {
    let (fixture, other) = (Fixture::used(20), Fixture::used(20));
    let key = PublicKey::read(&fixture.path().join("audit.pub")).unwrap();
    let files = || vec![other.file()];
    assert!(verify_files(files(), Vec::new(), None).is_ok());
    let by_key = verify_files(files(), vec![key.clone()], None);
    assert!(
        matches!(by_key, Err(Refusal::Line(_, 2, Fault::UnknownKey(_)))),
        "{by_key:?}"
    );
    let head = Head::read(
        &fixture.path().join("audit.head"),
        std::slice::from_ref(&key),
    )
    .unwrap();
    let by_head = verify_files(files(), Vec::new(), Some(head));
    let last = head.tip().seq;
    assert!(
        matches!(&by_head, Err(Refusal::Line(_, _, Fault::NotTheHead(seq))) if *seq == last),
        "{by_head:?}"
    );
    // And his head is not ours.
    let forged = Head::read(&other.path().join("audit.head"), &[key]);
    assert!(matches!(forged, Err(Refusal::Head(_))), "{forged:?}");
}

#[test]
fn a_checkpoint_says_nothing_of_another_place() {
    // The last line is the checkpoint: moved to the first one's place in a chain that begins there.
    let fixture = Fixture::used(1);
    let keys = vec![PublicKey::read(&fixture.path().join("audit.pub")).unwrap()];
    let text = fs::read_to_string(fixture.file()).unwrap();
    let last = text.lines().last().unwrap();
    fs::write(fixture.file(), format!("{last}\n")).unwrap();
    assert!(verify_files(vec![fixture.file()], keys.clone(), None).is_ok());
    let line: serde_json::Value = serde_json::from_str(last).unwrap();
    let seq = format!("\"seq\":{},", line["seq"]);
    for (from, to) in [(seq.as_str(), "\"seq\":99,"), ("\"ts\":\"2", "\"ts\":\"3")] {
        fs::write(fixture.file(), format!("{}\n", last.replacen(from, to, 1))).unwrap();
        let moved = verify_files(vec![fixture.file()], keys.clone(), None);
        assert!(
            matches!(moved, Err(Refusal::Line(_, 1, Fault::Signature))),
            "{moved:?}"
        );
    }
}

#[test]
fn a_second_outcome_is_not_believed() {
    let fixture = Fixture::used(2);
    let text = fs::read_to_string(fixture.file()).unwrap();
    let mut lines: Vec<&str> = text.lines().take(5).collect();
    lines.push(lines[3]);
    fs::write(fixture.file(), chained(&lines, Tip::START)).unwrap();
    let verified = verify_files(vec![fixture.file()], Vec::new(), None);
    assert!(
        matches!(verified, Err(Refusal::Line(_, 6, Fault::NoAttempt(3)))),
        "{verified:?}"
    );
}

#[test]
fn the_keys_are_made_once_and_the_private_one_is_for_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let directory = TempDir::new().unwrap();
    let first = CheckpointKey::open(directory.path()).unwrap();
    let again = CheckpointKey::open(directory.path()).unwrap();
    assert_eq!(first.public().id, again.public().id);
    let key = fs::metadata(directory.path().join("audit.key")).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
}
