//! A disk that is really full, and a directory that really cannot be written: changes are refused, and
//! it recovers when there is room (LO-07).
//!
//! A process of its own under a limit on file sizes: the kernel then writes half a line and refuses
//! the rest, as a full disk does. The process lifts its limit when it is told that there is room.

use std::{
    fs::{self, Permissions},
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    process::{Child, Command, Stdio},
    time::Duration,
};

use app::audit::Journal;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::{
    fixture::{Fixture, block_on, clock, deletion, parsed, settings, story, verify_files},
    kill::child,
    patience,
};

/// Writes until it is refused, and then until it is not; says both by making a file. A file `room`
/// tells it to lift its limit.
#[test]
#[ignore = "runs in a process of its own"]
fn writer() {
    let directory = child::directory();
    let settings = settings("max_file_bytes = 65536");
    let journal = Journal::open(&settings, &directory, clock()).unwrap();
    block_on(async {
        for round in ["refused", "recovered"] {
            loop {
                match journal.attempt(deletion()).await {
                    Ok(attempt) => attempt.answered(204),
                    Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
                }
                if directory.join("room").exists() {
                    let limit = getrlimit(Resource::Fsize);
                    let current = limit.maximum;
                    setrlimit(Resource::Fsize, Rlimit { current, ..limit }).unwrap();
                }
                if journal.is_writable() == (round == "recovered") {
                    break;
                }
            }
            fs::write(directory.join("said").join(round), "").unwrap();
        }
        journal.attempt(deletion()).await.unwrap().answered(204);
        journal.close().await;
    });
}

fn wait_for(fixture: &Fixture, word: &str) {
    let said = fixture.path().join("said").join(word);
    patience::until(word, || said.exists());
}

fn recovers(fixture: &Fixture, mut process: Child, make_room: impl FnOnce()) {
    wait_for(fixture, "refused");
    make_room();
    wait_for(fixture, "recovered");
    assert!(patience::end(&mut process).success());
    let report = fixture.verify().unwrap();
    assert_eq!((report.seen.orphan_count, report.open), (0, 0));
    let said = story(&fixture.lines());
    let fails = said
        .iter()
        .filter(|line| line.starts_with("audit_sink_fail"));
    assert_eq!(fails.count(), 1);
}

#[test]
fn a_full_disk_refuses_changes_until_there_is_room() {
    let fixture = Fixture::new();
    fs::create_dir(fixture.path().join("said")).unwrap();
    // 40 blocks of 512 bytes; the signal that comes with the error is ignored, as a full disk has none.
    let command = child::command(fixture.path(), "disk::writer");
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -S -f 40; exec \"$0\" \"$@\""])
        .arg(command.get_program())
        .args(command.get_args())
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
    let process = limited.stdout(Stdio::null()).spawn().unwrap();
    let room = fixture.path().join("room");
    recovers(&fixture, process, || fs::write(room, "").unwrap());
}

/// The open file could still be written; but it is full, and the next one cannot be made.
#[test]
fn a_read_only_directory_refuses_changes_until_it_is_not() {
    let fixture = Fixture::new();
    fs::create_dir(fixture.path().join("said")).unwrap();
    let mut command = child::command(fixture.path(), "disk::writer");
    // For root nothing is read-only.
    if fs::metadata(fixture.path()).unwrap().uid() == 0 {
        for name in ["", "said"] {
            chown(fixture.path().join(name), Some(65_534), Some(65_534)).unwrap();
        }
        command.uid(65_534).gid(65_534);
    }
    let process = command.stdout(Stdio::null()).spawn().unwrap();
    patience::until("the journal is there", || fixture.file().exists());
    let mode = |mode| fs::set_permissions(fixture.path(), Permissions::from_mode(mode)).unwrap();
    mode(0o500);
    recovers(&fixture, process, || mode(0o700));
    assert!(fixture.files().len() > 1);
}

#[test]
fn a_directory_that_cannot_be_written_stops_the_start() {
    let mut fixture = Fixture::new();
    fixture.settings.file = "/proc/none/audit.jsonl".into();
    let error = fixture.try_open().err().unwrap().to_string();
    assert!(error.contains("set APP_AUDIT__FILE"), "{error}");
}

/// `/dev/full` refuses every byte: as a sink it is the smallest full disk there is.
#[test]
fn a_sink_that_is_full_from_the_start_stops_the_start() {
    let fixture = Fixture::new();
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let key = app::audit::CheckpointKey::open(fixture.path()).unwrap();
    let opened = Journal::over(app::audit::Stream(full), &fixture.settings, key, clock());
    let error = opened.err().unwrap().to_string();
    assert!(error.contains("cannot write the first line"), "{error}");
}

/// Opens the journal on standard output, and says in a file how that went.
#[test]
#[ignore = "runs in a process of its own"]
fn on_standard_output() {
    let directory = child::directory();
    let opened = Journal::open(&settings("sink = \"stdout\""), &directory, clock());
    let said = opened.err().map(|error| error.to_string());
    fs::write(directory.join("said"), said.unwrap_or_default()).unwrap();
}

#[test]
fn a_standard_output_that_leads_nowhere_stops_the_start() {
    let said = |output: &str| {
        let fixture = Fixture::new();
        let command = child::command(fixture.path(), "disk::on_standard_output");
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &format!("exec \"$0\" \"$@\" {output}")])
            .arg(command.get_program())
            .args(command.get_args())
            .env("AUDIT_TEST_DIRECTORY", fixture.path());
        patience::output(&mut shell);
        fs::read_to_string(fixture.path().join("said")).unwrap()
    };
    assert_eq!(said(""), "");
    for output in [">&-", ">/dev/null"] {
        let said = said(output);
        assert!(said.contains("closed or /dev/null"), "{output}: {said}");
    }
}

#[test]
fn a_stream_takes_the_same_lines() {
    let fixture = Fixture::new();
    let file = fixture.path().join("collected.jsonl");
    let key = app::audit::CheckpointKey::open(fixture.path()).unwrap();
    let stream = app::audit::Stream(fs::File::create(&file).unwrap());
    let journal = Journal::over(stream, &fixture.settings, key, clock()).unwrap();
    block_on(async {
        journal.attempt(deletion()).await.unwrap().answered(204);
        journal.close().await;
    });
    let key = app::audit::PublicKey::read(&fixture.path().join("audit.pub")).unwrap();
    let report = verify_files(vec![file.clone()], vec![key], None).unwrap();
    assert_eq!(report.seen.orphan_count, 0);
    assert_eq!(parsed(&file).len(), 6);
}
