//! What the journal costs, and what group commit gives back. Printed, not asserted: `just audit-cost`.

use std::{
    fs::File,
    io::{Read, Write, pipe},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use app::audit::{CheckpointKey, Entry, Event, Journal, Stream};
use futures_util::future::join_all;

use crate::fixture::{Fixture, block_on, clock, deletion};

const TIME: Duration = Duration::from_secs(2);

/// Changes a second by so many clients at once, and the median time of one in microseconds.
fn changes(journal: Option<&Journal>, clients: usize) -> (f64, u128) {
    let started = Instant::now();
    let client = || async {
        let mut times = Vec::new();
        while started.elapsed() < TIME {
            let began = Instant::now();
            let entry = deletion();
            match journal {
                Some(journal) => journal.attempt(entry).await.unwrap().answered(204),
                None => drop(entry),
            }
            times.push(began.elapsed().as_micros());
            tokio::task::yield_now().await;
        }
        times
    };
    let times = block_on(join_all((0..clients).map(|_| client())));
    let mut times: Vec<u128> = times.into_iter().flatten().collect();
    times.sort_unstable();
    let rate = f64::from(u32::try_from(times.len()).unwrap()) / started.elapsed().as_secs_f64();
    (rate, times[times.len() / 2])
}

fn syncs_per_second(fixture: &Fixture) -> f64 {
    let mut file = File::create(fixture.path().join("probe")).unwrap();
    let started = Instant::now();
    let mut count = 0_u32;
    while started.elapsed() < TIME {
        file.write_all(&[b'x'; 700]).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    f64::from(count) / started.elapsed().as_secs_f64()
}

#[test]
#[ignore = "a measurement: `just audit-cost`"]
fn cost() {
    let fixture = Fixture::with("max_file_bytes = 1073741824");
    println!("this disk: {:.0} fdatasync/s", syncs_per_second(&fixture));
    println!("clients |  file /s  median µs  changes/sync |  stdout /s  median µs |  off /s");
    for clients in [1, 4, 16, 64, 256] {
        let journal = fixture.open();
        let before = journal.numbers();
        let (file, file_time) = changes(Some(&journal), clients);
        let numbers = journal.numbers();
        block_on(journal.close());
        let lines = u32::try_from(numbers.lines - before.lines).unwrap();
        let syncs = u32::try_from(numbers.syncs - before.syncs).unwrap();
        let group = f64::from(lines) / 2.0 / f64::from(syncs);

        let (mut reader, writer) = pipe().unwrap();
        let collector = thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while reader.read(&mut buffer).is_ok_and(|read| read > 0) {}
        });
        let key = CheckpointKey::open(fixture.path()).unwrap();
        let journal = Journal::over(Stream(writer), &fixture.settings, key, clock()).unwrap();
        let (stdout, stdout_time) = changes(Some(&journal), clients);
        block_on(journal.close());
        drop(journal);
        collector.join().unwrap();

        let (off, _) = changes(None, clients);
        println!(
            "{clients:7} | {file:8.0} {file_time:10} {group:13.1} | {stdout:10.0} {stdout_time:10} | {off:7.0}"
        );
    }
    fixture.verify().unwrap();
}

/// A gigabyte, under a limit of 128 MiB on all the memory that the command may even ask for.
#[test]
#[ignore = "a measurement: `just audit-cost`"]
fn a_gigabyte_is_verified_in_constant_memory() {
    let fixture = Fixture::with("max_file_bytes = 1073741824\nqueue_lines = 65536");
    let journal = fixture.open();
    block_on(async {
        // Until the first file is full.
        while fixture.files().len() == 1 {
            let changes = (0..4096).map(|_| async {
                journal.point(Entry::new(Event::AuthzFail).on("invoice", "x".repeat(200)));
                journal.attempt(deletion()).await.unwrap().answered(204);
            });
            join_all(changes).await;
        }
        journal.close().await;
    });
    let started = Instant::now();
    let output = Command::new("sh")
        .args([
            "-c",
            "ulimit -v 131072; exec \"$0\" audit verify --key audit.pub audit-*.jsonl audit.jsonl",
        ])
        .arg(env!("CARGO_BIN_EXE_hardened-api"))
        .current_dir(fixture.path())
        .output()
        .unwrap();
    println!(
        "{:?} for\n{}",
        started.elapsed(),
        String::from_utf8_lossy(&output.stdout)
    );
    assert!(output.status.success(), "{output:?}");
}
