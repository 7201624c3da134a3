//! Somebody else at the journal's files: while it is written, with another process, with wider rights
//! (LO-08). Nothing that this process did not write is deleted.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, symlink},
    time::Duration,
};

use app::audit::OpenError;

use crate::fixture::{Fixture, append, block_on, deletion, verify_files};

#[test]
fn what_happens_to_the_file_while_it_is_open_is_noticed_before_the_next_line() {
    for (what, said) in [
        ("delete", "audit_gap journal_gone"),
        ("replace", "audit_gap journal_changed"),
        ("cut", "audit_gap journal_changed"),
        ("link", "audit_gap journal_changed"),
    ] {
        let fixture = Fixture::new();
        let journal = fixture.open();
        block_on(async {
            journal.attempt(deletion()).await.unwrap().answered(204);
            let text = fs::read(fixture.file()).unwrap();
            match what {
                "delete" => fs::remove_file(fixture.file()).unwrap(),
                "replace" => {
                    fs::remove_file(fixture.file()).unwrap();
                    fs::write(fixture.file(), "x".repeat(text.len())).unwrap();
                }
                "link" => {
                    let elsewhere = fixture.path().join("elsewhere");
                    fs::rename(fixture.file(), &elsewhere).unwrap();
                    symlink(elsewhere, fixture.file()).unwrap();
                }
                _ => fs::write(fixture.file(), &text[..text.len() / 2]).unwrap(),
            }
            assert!(journal.attempt(deletion()).await.is_err(), "{what}");
            while !journal.is_writable() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            journal.attempt(deletion()).await.unwrap().answered(204);
            journal.close().await;
        });
        let text = fs::read_to_string(fixture.file()).unwrap();
        assert!(
            text.contains(said.split(' ').next_back().unwrap()),
            "{what}: {text}"
        );
        // What was appended by somebody else is not part of it.
        assert!(verify_files(vec![fixture.file()], Vec::new(), None).is_ok());
    }
}

/// Bytes that this process did not write are evidence: they are moved, and said, and never cut off.
#[test]
fn what_somebody_else_appends_is_set_aside_and_said() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    block_on(async {
        journal.attempt(deletion()).await.unwrap().answered(204);
        while journal.numbers().lines < 4 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        append(&fixture, b"{\"forged\":true}\n");
        assert!(journal.attempt(deletion()).await.is_err());
        journal.close().await;
    });
    let files = fixture.files();
    assert_eq!(files.len(), 2);
    let evidence = fs::read_to_string(&files[0]).unwrap();
    assert!(evidence.ends_with("{\"forged\":true}\n"), "{evidence}");
    let after = fs::read_to_string(&files[1]).unwrap();
    assert!(after.contains("journal_changed") && !after.contains("forged"));
    verify_files(vec![files[1].clone()], Vec::new(), None).unwrap();
    // The next start has nothing to add.
    fixture.append(1);
    let after = fs::read_to_string(&files[1]).unwrap();
    assert_eq!(after.matches("audit_gap").count(), 1);
}

/// A writer that somebody else gets in the way of, in the middle of a group.
#[test]
fn only_bytes_of_our_own_are_cut_off() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    block_on(async {
        let open = journal.attempt(deletion()).await.unwrap();
        // In the file, and not synced yet.
        open.answered(204);
        let outcome = || fs::read_to_string(fixture.file()).unwrap().lines().count() == 4;
        while !outcome() {
            tokio::task::yield_now().await;
        }
        append(&fixture, b"{\"forged\":true}\n");
        assert!(journal.attempt(deletion()).await.is_err());
        journal.close().await;
    });
    let all: String = fixture
        .files()
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    assert_eq!(all.matches("forged").count(), 1);
}

#[test]
fn two_processes_cannot_write_one_journal_without_its_lock_file_either() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    block_on(async {
        journal.attempt(deletion()).await.unwrap().answered(204);
        fs::remove_file(fixture.path().join("audit.lock")).unwrap();
        assert!(matches!(fixture.try_open(), Err(OpenError::Locked { .. })));
        journal.attempt(deletion()).await.unwrap().answered(204);
        journal.close().await;
    });
    assert_eq!(fixture.verify().unwrap().seen.orphan_count, 0);
    fixture.append(1);
    assert_eq!(fixture.verify().unwrap().seen.gap_count, 0);
}

#[test]
fn two_processes_cannot_write_one_journal() {
    let fixture = Fixture::new();
    let journal = fixture.open();
    assert!(matches!(fixture.try_open(), Err(OpenError::Locked { .. })));
    block_on(journal.close());
    fixture.append(1);
    fixture.verify().unwrap();
}

#[test]
fn nobody_else_can_read_it_or_put_another_in_its_place() {
    let fixture = Fixture::used(1);
    let mode = |name: &str| {
        let there = fs::metadata(fixture.path().join(name)).unwrap();
        there.permissions().mode() & 0o777
    };
    for name in ["audit.jsonl", "audit.head", "audit.lock", "audit.key"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    // Opened to others by hand: closed by the next start.
    fs::set_permissions(fixture.file(), Permissions::from_mode(0o644)).unwrap();
    fixture.append(1);
    assert_eq!(mode("audit.jsonl"), 0o600);

    // A sticky directory too: others cannot take our files away there, but they can plant theirs.
    for open in [0o777, 0o720, 0o1777] {
        fs::set_permissions(fixture.path(), Permissions::from_mode(open)).unwrap();
        let refused = fixture.try_open();
        assert!(matches!(refused, Err(OpenError::NotOurs(_))), "{open:o}");
    }

    let fixture = Fixture::new();
    symlink("/dev/null", fixture.file()).unwrap();
    assert!(matches!(
        fixture.try_open(),
        Err(OpenError::NotAFile { .. })
    ));
}
