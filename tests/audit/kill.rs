//! `kill -9` under load: whatever was acknowledged has its attempt, and its outcome or a place among
//! the orphans; and the chain holds after each start (LO-01, LO-08).

use std::{
    collections::{HashMap, HashSet},
    fs,
    io::{BufRead, BufReader, Write},
    process::Stdio,
    sync::mpsc,
    thread,
    time::Duration,
};

use app::audit::{Entry, Event, Journal};
use futures_util::future::join_all;
use uuid::Uuid;

use crate::{
    fixture::{Fixture, block_on, clock, settings},
    patience,
};

/// This test binary again, as a process that can be killed.
pub mod child {
    use std::{
        env,
        path::{Path, PathBuf},
        process::Command,
    };

    const VARIABLE: &str = "AUDIT_TEST_DIRECTORY";

    /// Runs the ignored test `name` in another process, on this directory.
    pub fn command(directory: &Path, name: &str) -> Command {
        let mut command = Command::new(env::current_exe().unwrap());
        command
            .args(["--exact", name, "--ignored", "--nocapture"])
            .env(VARIABLE, directory);
        command
    }

    /// In that process: the directory. Ends the test at once if somebody runs it by hand.
    pub fn directory() -> PathBuf {
        match env::var_os(VARIABLE) {
            Some(directory) => directory.into(),
            None => std::process::exit(0),
        }
    }
}

const CLIENTS: usize = 32;
const SETTINGS: &str = "max_file_bytes = 131072\ncheckpoint_lines = 200";

/// Changes something, with the journal, for ever: says each change when it is made, and again when
/// it would be acknowledged.
#[test]
#[ignore = "runs in a process of its own"]
fn writer() {
    let directory = child::directory();
    let journal = Journal::open(&settings(SETTINGS), &directory, clock()).unwrap();
    let say = |word: &str, id: Uuid| {
        let line = format!("{word} {id}\n");
        std::io::stdout().write_all(line.as_bytes()).unwrap();
    };
    let client = || async {
        loop {
            let id = Uuid::now_v7();
            let entry = Entry::new(Event::SensitiveUpdate)
                .action("invoices_change")
                .request(id);
            let attempt = journal.attempt(entry).await.unwrap();
            say("changed", id);
            attempt.answered(200);
            say("acknowledged", id);
            tokio::task::yield_now().await;
        }
    };
    block_on(join_all((0..CLIENTS).map(|_| client())));
}

/// Kills a writer, so long after its start or after its first word; what it had said until then.
fn killed(fixture: &Fixture, after: Duration, working: bool) -> Vec<(String, Uuid)> {
    let mut process = child::command(fixture.path(), "kill::writer")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = BufReader::new(process.stdout.take().unwrap());
    let (first, begun) = mpsc::channel();
    let reader = thread::spawn(move || {
        let lines = output.lines().map_while(Result::ok);
        let words = lines.filter_map(|line| {
            let (word, id) = line.split_once(' ')?;
            let id = id.parse().ok()?;
            first.send(()).ok();
            Some((word.to_owned(), id))
        });
        words.collect::<Vec<_>>()
    });
    if working {
        patience::next("the writer begins", &begun).unwrap();
    }
    thread::sleep(after);
    process.kill().unwrap();
    patience::end(&mut process);
    reader.join().unwrap()
}

fn survives(kills: u64) {
    let fixture = Fixture::with(SETTINGS);
    let mut said: HashMap<Uuid, bool> = HashMap::new();
    for kill in 0..kills {
        // While it works, for a rotation or two; and now and then while it starts.
        let after = Duration::from_millis(kill * 37 % 300);
        let words = killed(&fixture, after, kill % 5 != 0);
        for (word, id) in words {
            *said.entry(id).or_default() |= word == "acknowledged";
        }
        block_on(fixture.open().close());
        fixture.verify().unwrap();
    }
    let lines = fixture.lines();
    let ids = |phase: &str| -> HashSet<Uuid> {
        let of_phase = lines.iter().filter(|line| line["phase"] == phase);
        of_phase
            .map(|line| line["request_id"].as_str().unwrap().parse().unwrap())
            .collect()
    };
    let (attempts, outcomes) = (ids("attempt"), ids("outcome"));
    let orphans: HashSet<&Uuid> = attempts.difference(&outcomes).collect();
    for id in said.keys() {
        assert!(attempts.contains(id), "{id} was changed without an attempt");
    }
    // What has no outcome is reported, and is what a kill can catch on its way to the file.
    let report = fixture.verify().unwrap();
    assert_eq!(report.seen.orphan_count, orphans.len() as u64);
    assert!(orphans.len() as u64 <= kills * 2 * CLIENTS as u64);
    let acknowledged = said.iter().filter(|(_, acknowledged)| **acknowledged);
    let acknowledged: HashSet<&Uuid> = acknowledged.map(|(id, _)| id).collect();
    assert!(!acknowledged.is_empty());
    println!(
        "{kills} kills: {} lines in {} files, {} changes acknowledged, {} orphans, {} of them \
         acknowledged, {} lines not finished",
        lines.len(),
        fixture.files().len(),
        acknowledged.len(),
        orphans.len(),
        orphans.intersection(&acknowledged).count(),
        torn(&fixture),
    );
}

fn torn(fixture: &Fixture) -> usize {
    let names = fs::read_dir(fixture.path()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name());
    names
        .filter(|name| name.to_string_lossy().contains("torn"))
        .count()
}

#[test]
fn nothing_acknowledged_is_lost_when_it_is_killed() {
    survives(5);
}

#[test]
#[ignore = "takes minutes: `just audit-kill`"]
fn nothing_acknowledged_is_lost_when_it_is_killed_a_hundred_times() {
    survives(100);
}
