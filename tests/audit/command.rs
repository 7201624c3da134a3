//! `audit verify`, as a person or a cron job uses it.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use crate::{
    fixture::{Fixture, block_on, deletion},
    patience,
};

fn run(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hardened-api"));
    command.args(["audit", "verify"]).args(arguments);
    patience::output(command.current_dir(directory).env_clear())
}

/// Exit code and words, times and ids left out.
fn said(output: &Output) -> String {
    let words = [&output.stdout[..], &output.stderr].concat();
    let words: Vec<String> = String::from_utf8(words)
        .unwrap()
        .split_inclusive(char::is_whitespace)
        .map(|word| {
            let (text, end) = word.split_at(word.trim_end().len());
            let shown = if text.starts_with("20") && text.contains('T') {
                "[time]"
            } else if text.len() == 36 && text.matches('-').count() == 4 {
                "[id]"
            } else {
                text
            };
            format!("{shown}{end}")
        })
        .collect();
    format!("{}\n{}", output.status.code().unwrap(), words.concat())
}

#[test]
fn a_sound_journal_is_0_and_a_summary() {
    let fixture = Fixture::used(3);
    let journal = fixture.open();
    block_on(async {
        // Abandoned by a process that closes first: an orphan for the next.
        let attempt = journal.attempt(deletion()).await.unwrap();
        journal.close().await;
        drop(attempt);
    });
    fixture.append(1);
    let output = run(fixture.path(), &["--key", "audit.pub", "audit.jsonl"]);
    insta::assert_snapshot!(said(&output), @r"
    0
    sound: 21 lines, 1 to 21, [time] to [time]
    checkpoints: 6, signatures verified
    lines after the last signed checkpoint: 0
    end: holds the checkpoint of audit.head
    attempts without an outcome: 1 (the process ended or gave up between the two: look whether the change was made)
      13 at [time] invoices_delete, request [id]
    ");
    // Elsewhere, with neither key nor head.
    fs::remove_file(fixture.path().join("audit.head")).unwrap();
    let output = run(fixture.path(), &["audit.jsonl"]);
    insta::assert_snapshot!(said(&output), @r"
    0
    sound: 21 lines, 1 to 21, [time] to [time]
    checkpoints: 6, signatures not checked (give --key FILE)
    lines after the last checkpoint: 0
    end: not checked, lines may be missing after the last (give --head FILE)
    attempts without an outcome: 1 (the process ended or gave up between the two: look whether the change was made)
      13 at [time] invoices_delete, request [id]
    ");
}

#[test]
fn a_broken_one_is_1_and_names_the_line() {
    let fixture = Fixture::used(3);
    let text = fs::read_to_string(fixture.file()).unwrap();
    fs::write(fixture.file(), text.replacen("\"42\"", "\"43\"", 1)).unwrap();
    let output = run(fixture.path(), &["audit.jsonl"]);
    insta::assert_snapshot!(said(&output), @r"
    1
    error: audit.jsonl:4: was not written after the line that stands before it: one of the two was changed
    ");
}

#[test]
fn what_cannot_be_read_is_1_and_named() {
    let fixture = Fixture::used(1);
    for (arguments, words) in [
        (&["nowhere.jsonl"][..], "nowhere.jsonl: No such file"),
        (
            &["--key", "audit.head", "audit.jsonl"],
            "audit.head: is not an Ed25519 key",
        ),
        (
            &["--head", "audit.pub", "audit.jsonl"],
            "audit.pub: is not a checkpoint",
        ),
    ] {
        let output = run(fixture.path(), arguments);
        assert_eq!(output.status.code(), Some(1));
        let said = said(&output);
        assert!(said.contains(words), "{said}");
    }
}

/// Eight gigabytes without a line feed, in a file that takes no room.
#[test]
fn a_line_without_an_end_does_not_fill_the_memory() {
    let fixture = Fixture::new();
    let file = fs::File::create(fixture.file()).unwrap();
    file.set_len(8 << 30).unwrap();
    let mut command = Command::new("sh");
    let script = "ulimit -v 1048576; exec \"$0\" audit verify audit.jsonl";
    let program = env!("CARGO_BIN_EXE_hardened-api");
    let output = patience::output(
        command
            .args(["-c", script, program])
            .current_dir(fixture.path()),
    );
    insta::assert_snapshot!(said(&output), @r"
    1
    error: audit.jsonl:1: is longer than any line of a journal
    ");
}
