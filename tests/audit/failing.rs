//! A sink that fails: nothing that failed is acknowledged, nothing is lost, and it recovers by itself
//! (LO-07).

use std::{
    io,
    path::PathBuf,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    task::{Context, Waker},
    thread,
    time::{Duration, Instant},
};

use app::{
    audit::{CheckpointKey, Entry, Event, Journal, Reason, Sink, Tip, Unwritable},
    config::Audit,
};
use futures_util::future::join_all;
use tempfile::TempDir;

use crate::{
    fixture::{block_on, clock, deletion, settings, story, verify_files},
    patience,
};

/// A disk in memory that can be told to fail. What was not synced when it fails is half there.
#[derive(Clone, Default)]
struct Disk {
    bytes: Arc<Mutex<Vec<u8>>>,
    synced: Arc<Mutex<usize>>,
    full: Arc<AtomicBool>,
    unsyncable: Arc<AtomicBool>,
    stuck: Arc<AtomicBool>,
    repairs: Arc<AtomicUsize>,
}

impl Sink for Disk {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        while self.stuck.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(1));
        }
        let mut bytes = self.bytes.lock().unwrap();
        if self.full.load(Ordering::SeqCst) {
            bytes.extend_from_slice(&lines[..lines.len() / 2]);
            return Err(io::ErrorKind::StorageFull.into());
        }
        bytes.extend_from_slice(lines);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.unsyncable.load(Ordering::SeqCst) {
            return Err(io::Error::other("fsync failed"));
        }
        *self.synced.lock().unwrap() = self.bytes.lock().unwrap().len();
        Ok(())
    }

    fn repair(&mut self, _: Tip) -> io::Result<Option<Reason>> {
        self.repairs.fetch_add(1, Ordering::SeqCst);
        self.bytes
            .lock()
            .unwrap()
            .truncate(*self.synced.lock().unwrap());
        Ok(None)
    }
}

struct Bench {
    disk: Disk,
    journal: Journal,
    directory: TempDir,
}

impl Bench {
    fn with(settings: &Audit) -> Self {
        let directory = TempDir::new().unwrap();
        let key = CheckpointKey::open(directory.path()).unwrap();
        let disk = Disk::default();
        let journal = Journal::over(disk.clone(), settings, key, clock()).unwrap();
        Self {
            disk,
            journal,
            directory,
        }
    }

    fn new() -> Self {
        Self::with(&settings(""))
    }

    /// The journal once it is closed, verified.
    fn lines(&self) -> Vec<serde_json::Value> {
        block_on(self.journal.close());
        let file: PathBuf = self.directory.path().join("audit.jsonl");
        std::fs::write(&file, &*self.disk.bytes.lock().unwrap()).unwrap();
        verify_files(vec![file.clone()], Vec::new(), None).unwrap();
        crate::fixture::parsed(&file)
    }

    fn recovered(&self) {
        patience::until("it recovers", || self.journal.is_writable());
    }
}

type Fault = fn(&Disk) -> &AtomicBool;

#[test]
fn what_could_not_be_written_or_synced_is_refused_and_the_rest_is_written_later() {
    let faults: [Fault; 2] = [|disk| &disk.full, |disk| &disk.unsyncable];
    for fault in faults {
        let bench = Bench::new();
        let journal = &bench.journal;
        block_on(async {
            let open = journal.attempt(deletion()).await.unwrap();
            fault(&bench.disk).store(true, Ordering::SeqCst);
            journal.point(Entry::new(Event::AuthzFail));
            let refused = join_all((0..10).map(|_| journal.attempt(deletion()))).await;
            assert!(refused.into_iter().all(|result| result.is_err()));
            assert!(!journal.is_writable());
            // The change that was under way ends while nothing can be written.
            open.answered(204);
            assert_eq!(journal.attempt(deletion()).await.err(), Some(Unwritable));
        });
        fault(&bench.disk).store(false, Ordering::SeqCst);
        bench.recovered();
        block_on(async {
            journal.attempt(deletion()).await.unwrap().answered(204);
        });
        let said = story(&bench.lines());
        let count = |what: &str| said.iter().filter(|line| line.starts_with(what)).count();
        assert_eq!(count("sensitive_delete attempt"), 2, "{said:#?}");
        assert_eq!(
            count("sensitive_delete outcome 3 success 204"),
            1,
            "{said:#?}"
        );
        assert_eq!(count("authz_fail"), 1, "{said:#?}");
        assert_eq!(count("audit_sink_fail not_writable 11"), 1, "{said:#?}");
    }
}

#[test]
fn it_tries_again_without_spinning() {
    let bench = Bench::new();
    bench.disk.full.store(true, Ordering::SeqCst);
    let began = Instant::now();
    block_on(async { bench.journal.attempt(deletion()).await.err().unwrap() });
    let repairs = || bench.disk.repairs.load(Ordering::SeqCst);
    patience::until("it tries again", || repairs() >= 4);
    // After 100, 300, 700 and 1500 ms; and each takes away the half line that the one before left.
    assert!(began.elapsed() >= Duration::from_millis(1500));
    bench.disk.full.store(false, Ordering::SeqCst);
    bench.recovered();
    let said = story(&bench.lines());
    let fails = said
        .iter()
        .filter(|line| line.starts_with("audit_sink_fail"));
    assert_eq!(fails.count(), 1, "{said:#?}");
}

#[test]
fn a_full_queue_refuses_changes_and_counts_points() {
    let bench = Bench::with(&settings("queue_lines = 64"));
    let journal = &bench.journal;
    bench.disk.stuck.store(true, Ordering::SeqCst);
    block_on(async {
        for _ in 0..100 {
            journal.point(Entry::new(Event::AuthzFail));
        }
        // Points have room of their own: there is still all the room for changes, 32 with outcomes.
        let mut changes: Vec<_> = (0..33)
            .map(|_| Box::pin(journal.attempt(deletion())))
            .collect();
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let ready = changes
            .iter_mut()
            .map(|change| Future::poll(change.as_mut(), &mut context).is_ready());
        assert_eq!(ready.filter(|ready| *ready).count(), 1);
        changes.pop();
        bench.disk.stuck.store(false, Ordering::SeqCst);
        for change in changes {
            change.await.unwrap().answered(204);
        }
    });
    let said = story(&bench.lines());
    assert!(
        said.contains(&"audit_gap queue_full 36".to_owned()),
        "{said:#?}"
    );
    let points = said.iter().filter(|line| line.starts_with("authz_fail"));
    assert_eq!(points.count(), 64);
}

/// What is stuck has not failed: nobody would ever be told.
#[test]
fn a_sink_that_does_not_return_is_not_writable_until_it_does() {
    let bench = Bench::with(&settings("reads_when_unwritable = \"refuse\""));
    let journal = &bench.journal;
    bench.disk.stuck.store(true, Ordering::SeqCst);
    journal.point(Entry::new(Event::AuthzFail));
    thread::sleep(Duration::from_millis(500));
    // A slow disk is no outage.
    assert!(journal.is_writable());
    patience::until("somebody notices", || !journal.is_writable());
    assert_eq!(
        block_on(journal.attempt(deletion())).err(),
        Some(Unwritable)
    );
    assert_eq!(journal.may_read(), Err(Unwritable));
    bench.disk.stuck.store(false, Ordering::SeqCst);
    bench.recovered();
    block_on(async { journal.attempt(deletion()).await.unwrap().answered(204) });
    assert_eq!(journal.numbers().refused, 1);
    bench.lines();
}

#[test]
fn a_sink_that_does_not_return_does_not_keep_the_process() {
    let bench = Bench::new();
    bench.disk.stuck.store(true, Ordering::SeqCst);
    bench.journal.point(Entry::new(Event::AuthzFail));
    let (ended, end) = mpsc::channel();
    let journal = bench.journal.clone();
    thread::spawn(move || {
        block_on(journal.close());
        ended.send(()).unwrap();
    });
    end.recv_timeout(Duration::from_secs(20)).unwrap();
    bench.disk.stuck.store(false, Ordering::SeqCst);
}

#[test]
fn an_outcome_behind_the_call_to_close_is_written() {
    let bench = Bench::new();
    let journal = &bench.journal;
    block_on(async {
        let attempt = journal.attempt(deletion()).await.unwrap();
        bench.disk.stuck.store(true, Ordering::SeqCst);
        journal.point(Entry::new(Event::AuthzFail));
        let mut close = pin!(journal.close());
        let mut late = pin!(journal.attempt(deletion()));
        let mut context = Context::from_waker(Waker::noop());
        assert!(close.as_mut().poll(&mut context).is_pending());
        assert!(late.as_mut().poll(&mut context).is_pending());
        attempt.answered(204);
        bench.disk.stuck.store(false, Ordering::SeqCst);
        close.await;
        // A change that comes as late is not made.
        assert_eq!(late.await.err(), Some(Unwritable));
    });
    let said = story(&bench.lines());
    insta::assert_snapshot!(said.join("\n"), @r"
    sys_monitor_enabled
    audit_checkpoint
    sensitive_delete attempt
    authz_fail
    sensitive_delete outcome 3 success 204
    sys_monitor_disabled
    audit_checkpoint
    ");
}

#[test]
fn reads_follow_the_policy() {
    for (policy, allowed) in [("allow", true), ("refuse", false)] {
        let bench = Bench::with(&settings(&format!("reads_when_unwritable = \"{policy}\"")));
        assert!(bench.journal.may_read().is_ok());
        bench.disk.full.store(true, Ordering::SeqCst);
        block_on(async { bench.journal.attempt(deletion()).await.err().unwrap() });
        assert_eq!(bench.journal.may_read().is_ok(), allowed);
    }
}
