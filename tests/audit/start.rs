//! What a start makes of what it finds: a crash, somebody's hand, another process (LO-08, LO-07).

use std::{fs, os::unix::fs::PermissionsExt};

use app::audit::{Fault, Hash, OpenError, Outcome, Refusal, Tip};

use crate::fixture::{Fixture, append, block_on, chained, deletion, story, verify_files};

fn lines_of(fixture: &Fixture) -> Vec<String> {
    let text = fs::read_to_string(fixture.file()).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn write(fixture: &Fixture, lines: &[String]) {
    fs::write(fixture.file(), lines.join("\n") + "\n").unwrap();
}

/// The gaps that the last start reported.
fn gaps(fixture: &Fixture) -> Vec<String> {
    let said = story(&fixture.lines());
    said.into_iter()
        .filter(|line| line.starts_with("audit_gap"))
        .collect()
}

#[test]
fn the_chain_goes_on_from_one_process_to_the_next() {
    let fixture = Fixture::used(2);
    fixture.append(1);
    insta::assert_snapshot!(story(&fixture.lines()).join("\n"), @r"
    sys_monitor_enabled
    audit_checkpoint
    sensitive_delete attempt
    sensitive_delete outcome 3 success 204
    sensitive_delete attempt
    sensitive_delete outcome 5 success 204
    sys_monitor_disabled
    audit_checkpoint
    sys_monitor_enabled
    audit_checkpoint
    sensitive_delete attempt
    sensitive_delete outcome 11 success 204
    sys_monitor_disabled
    audit_checkpoint
    ");
    let report = fixture.verify().unwrap();
    assert_eq!((report.seen.orphan_count, report.seen.gap_count), (0, 0));
}

#[test]
fn a_line_that_was_not_finished_is_moved_away_and_said() {
    let fixture = Fixture::used(2);
    append(&fixture, br#"{"seq":9,"prev_ha"#);
    assert!(matches!(
        fixture.verify(),
        Err(Refusal::Line(_, 9, Fault::Unfinished))
    ));
    fixture.append(1);
    assert_eq!(gaps(&fixture), ["audit_gap line_not_finished 17"]);
    let torn = fixture.path().join("audit.torn-8");
    assert_eq!(fs::read_to_string(&torn).unwrap(), r#"{"seq":9,"prev_ha"#);
    assert_eq!(
        fs::metadata(torn).unwrap().permissions().mode() & 0o777,
        0o600
    );
    fixture.verify().unwrap();
}

#[test]
fn a_broken_chain_is_left_as_it_is_and_said_and_the_service_starts() {
    let fixture = Fixture::used(5);
    let mut lines = lines_of(&fixture);
    lines[4] = lines[4].replace("\"42\"", "\"43\"");
    write(&fixture, &lines);
    fixture.append(1);
    // The evidence is beside the new file, byte for byte.
    let files = fixture.files();
    assert_eq!(files.len(), 2);
    assert_eq!(
        fs::read_to_string(&files[0]).unwrap(),
        lines.join("\n") + "\n"
    );
    assert!(matches!(
        fixture.verify(),
        Err(Refusal::Line(_, 6, Fault::Link))
    ));
    // What came after it holds, and goes on from what was signed.
    let after = verify_files(vec![files[1].clone()], Vec::new(), None).unwrap();
    assert_eq!(after.seen.first.unwrap().0, lines.len() as u64 + 1);
    assert_eq!(gaps(&fixture), ["audit_gap chain_broken"]);
}

#[test]
fn an_end_that_was_cut_off_is_said_with_the_number_of_lines() {
    let fixture = Fixture::used(5);
    let lines = lines_of(&fixture);
    write(&fixture, &lines[..8]);
    fixture.append(1);
    let cut = lines.len() - 8;
    assert_eq!(gaps(&fixture), [format!("audit_gap end_cut_off {cut}")]);
    assert!(matches!(
        fixture.verify(),
        Err(Refusal::Line(_, 1, Fault::Number { .. }))
    ));
}

#[test]
fn a_journal_that_was_deleted_or_replaced_is_said() {
    let fixture = Fixture::used(5);
    fs::remove_file(fixture.file()).unwrap();
    fixture.append(1);
    assert_eq!(gaps(&fixture), ["audit_gap end_cut_off 14"]);

    let (fixture, other) = (Fixture::used(5), Fixture::used(5));
    fs::copy(other.file(), fixture.file()).unwrap();
    fixture.append(1);
    assert_eq!(gaps(&fixture), ["audit_gap journal_replaced"]);
}

/// As a crash leaves it: three changes after the last checkpoint, and nothing that says the end.
fn crashed() -> Fixture {
    let fixture = Fixture::used(1);
    let journal = fixture.open();
    block_on(async {
        for _ in 0..3 {
            journal.attempt(deletion()).await.unwrap().answered(204);
        }
        // The last outcome is in the file once this is.
        journal
            .attempt(deletion())
            .await
            .unwrap()
            .end(Outcome::Error);
    });
    let head = fixture.path().join("audit.head");
    let (text, kept) = (fs::read_to_string(fixture.file()), fs::read(&head));
    block_on(journal.close());
    let text = text.unwrap();
    let lines: Vec<&str> = text.lines().take(14).collect();
    fs::write(fixture.file(), lines.join("\n") + "\n").unwrap();
    fs::write(head, kept.unwrap()).unwrap();
    fixture
}

#[test]
fn lines_that_nobody_signed_are_counted_before_they_are_signed_over() {
    let fixture = crashed();
    fixture.append(1);
    assert_eq!(gaps(&fixture), ["audit_gap not_signed 6"]);
    fixture.verify().unwrap();
    // And once: the checkpoint after that line is over them.
    fixture.append(1);
    assert_eq!(gaps(&fixture).len(), 1);

    // Somebody adds to what a crash left: it cannot be told from it, but it is counted.
    let fixture = crashed();
    let text = fs::read_to_string(fixture.file()).unwrap();
    let forged = text.lines().next().unwrap();
    let forged = forged.replace("sys_monitor_enabled", "sensitive_read");
    let tip = Tip {
        seq: 14,
        hash: Hash::of(text.lines().last().unwrap().as_bytes()),
    };
    append(&fixture, chained(&[forged.as_str(); 3], tip).as_bytes());
    fixture.append(1);
    assert_eq!(gaps(&fixture), ["audit_gap not_signed 9"]);
}

#[test]
fn what_is_added_after_an_end_in_order_is_a_broken_chain() {
    let fixture = Fixture::used(1);
    let text = fs::read_to_string(fixture.file()).unwrap();
    let forged = text.lines().next().unwrap();
    let forged = forged.replace("sys_monitor_enabled", "sensitive_read");
    let tip = Tip {
        seq: 6,
        hash: Hash::of(text.lines().last().unwrap().as_bytes()),
    };
    append(&fixture, chained(&[forged.as_str(); 3], tip).as_bytes());
    fixture.append(1);
    assert_eq!(gaps(&fixture), ["audit_gap chain_broken"]);
}

#[test]
fn a_checkpoint_that_is_not_ours_vouches_for_nothing() {
    // Written anew by somebody with a key of his own, who took the head away.
    let (fixture, other) = (Fixture::used(5), Fixture::used(5));
    fs::copy(other.file(), fixture.file()).unwrap();
    fs::remove_file(fixture.path().join("audit.head")).unwrap();
    fixture.append(1);
    assert_eq!(
        gaps(&fixture),
        ["audit_gap head_missing", "audit_gap not_signed 14"]
    );
    // And with our key's id on it.
    let (fixture, other) = (Fixture::used(5), Fixture::used(5));
    let id = |fixture: &Fixture| {
        let line = &fixture.lines()[1];
        line["checkpoint"]["key"].as_str().unwrap().to_owned()
    };
    let text = fs::read_to_string(other.file()).unwrap();
    fs::write(fixture.file(), text.replace(&id(&other), &id(&fixture))).unwrap();
    fs::remove_file(fixture.path().join("audit.head")).unwrap();
    fixture.append(1);
    assert_eq!(
        gaps(&fixture),
        ["audit_gap head_missing", "audit_gap chain_broken"]
    );
}

#[test]
fn a_head_that_is_missing_is_said() {
    let fixture = Fixture::used(5);
    fs::remove_file(fixture.path().join("audit.head")).unwrap();
    fixture.append(1);
    assert_eq!(gaps(&fixture), ["audit_gap head_missing"]);
    fixture.verify().unwrap();
}

/// What was broken stays beside the journal that followed it: one start says so, and not each.
#[test]
fn a_break_is_said_once() {
    let fixture = Fixture::used(5);
    let mut lines = lines_of(&fixture);
    lines[4] = lines[4].replace("\"42\"", "\"43\"");
    write(&fixture, &lines);
    fs::remove_file(fixture.path().join("audit.head")).unwrap();
    fixture.append(1);
    fixture.append(1);
    assert_eq!(
        gaps(&fixture),
        ["audit_gap head_missing", "audit_gap chain_broken"]
    );
    assert_eq!(fixture.files().len(), 2);
}

#[test]
fn a_forged_head_is_said() {
    let (fixture, other) = (Fixture::used(5), Fixture::used(9));
    let head = |fixture: &Fixture| fixture.path().join("audit.head");
    fs::copy(head(&other), head(&fixture)).unwrap();
    fixture.append(1);
    assert_eq!(gaps(&fixture), ["audit_gap head_not_signed"]);
    fixture.verify().unwrap();
}

#[test]
fn a_file_that_is_no_journal_is_never_moved_or_cut() {
    for text in [
        "[package]\nname = 1\n",
        "SQLite format 3\0...",
        "no line feed",
    ] {
        let fixture = Fixture::new();
        fs::write(fixture.file(), text).unwrap();
        let refused = fixture.try_open();
        assert!(matches!(refused, Err(OpenError::NotAJournal { .. })));
        assert_eq!(fs::read_to_string(fixture.file()).unwrap(), text);
    }
    // What a crash can leave of the very first line is one.
    let fixture = Fixture::new();
    fs::write(fixture.file(), "{\"se").unwrap();
    fixture.append(1);
    assert_eq!(gaps(&fixture), ["audit_gap line_not_finished 4"]);
}
