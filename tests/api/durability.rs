//! Bad days: `kill -9`, two processes on one database, a certificate that has run out (CC-02).

use std::{
    collections::HashSet,
    path::Path,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    harness::{Actor, Process, Service, at_least},
    invoices::{content, draft},
};

/// A creation that was answered with 201.
struct Acknowledged {
    path: String,
    request_id: String,
}

/// Creates invoices until the service is gone.
fn create_until_cut_off(actor: &Actor, acknowledged: &Mutex<Vec<Acknowledged>>) {
    while let Some(created) = actor.try_post("/v1/invoices", &content()) {
        assert_eq!(created.status, 201);
        acknowledged.lock().unwrap().push(Acknowledged {
            path: created.header("location").to_owned(),
            request_id: created.header("x-request-id").to_owned(),
        });
    }
}

#[test]
fn killed_in_the_middle_of_writes_it_loses_no_acknowledged_invoice_and_no_record_of_it() {
    killed(3);
}

#[test]
#[ignore = "two minutes: `just kill-hundred`"]
fn killed_a_hundred_times() {
    killed(100);
}

fn killed(times: usize) {
    let data_dir = tempfile::TempDir::new().unwrap();
    let (mut all, mut orphans) = (0, 0);
    for _ in 0..times {
        let mut process = Process::serve(data_dir.path());
        let alice = process.editor("alice");
        let acknowledged = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| create_until_cut_off(&alice, &acknowledged));
            }
            let deadline = Instant::now() + Duration::from_secs(20);
            while acknowledged.lock().unwrap().len() < 20 && Instant::now() < deadline {
                thread::yield_now();
            }
            process.kill();
        });
        let acknowledged = acknowledged.into_inner().unwrap();
        assert!(acknowledged.len() >= 20, "{}", acknowledged.len());
        let mut again = Process::serve(data_dir.path());
        let alice = again.editor("alice");
        for created in &acknowledged {
            assert_eq!(alice.get(&created.path).status, 200, "{}", created.path);
        }
        again.kill();
        all += acknowledged.len();
        orphans = on_record(data_dir.path(), &acknowledged);
    }
    println!("{times} kills, {all} acknowledged, attempts without an outcome: {orphans}");
}

/// Verifies the journal: every acknowledged creation is in it as an attempt, with its outcome or as
/// one of those that `audit verify` reports. The number of all that it reports.
fn on_record(data_dir: &Path, acknowledged: &[Acknowledged]) -> usize {
    let file = data_dir.join("audit.jsonl");
    let arguments = ["audit", "verify", file.to_str().unwrap()];
    let output = Process::output(data_dir, &arguments, &[]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{complaint}{said}");
    let orphans = said
        .lines()
        .find_map(|line| line.strip_prefix("attempts without an outcome: "));
    let orphans = orphans.unwrap().split(' ').next().unwrap();
    let orphans: usize = orphans.trim_end_matches(',').parse().unwrap();

    let journal = std::fs::read_to_string(file).unwrap();
    let requests = |phase: &str| -> HashSet<String> {
        let lines = journal.lines();
        let lines = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .filter(|line| line["phase"] == phase)
            .map(|line| line["request_id"].as_str().unwrap().to_owned())
            .collect()
    };
    let (attempts, outcomes) = (requests("attempt"), requests("outcome"));
    for created in acknowledged {
        assert!(attempts.contains(&created.request_id), "{}", created.path);
    }
    assert_eq!(attempts.difference(&outcomes).count(), orphans);
    orphans
}

#[test]
fn two_processes_share_one_database() {
    let data_dir = tempfile::TempDir::new().unwrap();
    let data_dir = &data_dir;
    let own_journal = &data_dir.path().join("second.toml");
    let file = data_dir.path().join("second.jsonl");
    std::fs::write(own_journal, format!("[audit]\nfile = {file:?}")).unwrap();
    // Started at once on an empty directory: both make keys and migrate, and neither spoils it.
    let (first, second) = thread::scope(|scope| {
        let first = scope.spawn(|| Process::serve(data_dir.path()));
        // Each process has a journal of its own: a chain has one writer.
        let arguments = ["--config", own_journal.to_str().unwrap()];
        let second = scope.spawn(move || Process::serve_with(data_dir.path(), &arguments));
        (first.join().unwrap(), second.join().unwrap())
    });
    let (one, two) = (first.editor("alice"), second.editor("alice"));
    let paths: Vec<String> = thread::scope(|scope| {
        let writers: Vec<_> = [&one, &two, &one, &two]
            .into_iter()
            .map(|actor| scope.spawn(|| (0..10).map(|_| draft(actor)).collect::<Vec<_>>()))
            .collect();
        writers
            .into_iter()
            .flat_map(|writer| writer.join().unwrap())
            .collect()
    });
    for path in &paths {
        assert_eq!((one.get(path).status, two.get(path).status), (200, 200));
    }
    // Both change one version: one of them is told that it came too late.
    let statuses: Vec<u16> = thread::scope(|scope| {
        let changes: Vec<_> = [&one, &two]
            .into_iter()
            .map(|actor| scope.spawn(|| actor.put(&paths[0], "\"1\"", &content()).status))
            .collect();
        changes
            .into_iter()
            .map(|change| change.join().unwrap())
            .collect()
    });
    assert!(
        statuses == [200, 412] || statuses == [412, 200],
        "{statuses:?}"
    );
}

#[test]
fn a_start_that_fails_late_leaves_the_journal_whole() {
    let data_dir = tempfile::TempDir::new().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let failing = |port: &str| {
        let environment = [("APP_PUBLIC__PORT", port)];
        let output = Process::output(data_dir.path(), &["serve"], &environment);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    for _ in 0..3 {
        let said = failing(&port);
        assert!(said.contains("cannot listen on"), "{said}");
    }
    // The very last step: the addresses cannot be published.
    let addresses = data_dir.path().join("addresses.json");
    std::fs::create_dir(&addresses).unwrap();
    failing("0");
    std::fs::remove_dir(&addresses).unwrap();

    let mut process = Process::serve(data_dir.path());
    process.terminate();
    let journal = std::fs::read_to_string(data_dir.path().join("audit.jsonl")).unwrap();
    let lines: Vec<Value> = journal
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let count = |event: &str, reason: Option<&str>| {
        let lines = lines.iter();
        lines
            .filter(|line| line["event"] == event && line["reason_code"].as_str() == reason)
            .count()
    };
    let gaps: Vec<&Value> = lines
        .iter()
        .filter(|line| line["event"] == "audit_gap")
        .collect();
    assert!(gaps.is_empty(), "{gaps:#?}");
    assert_eq!(count("sys_shutdown", Some("start_failed")), 4);
    assert_eq!(count("sys_shutdown", None), 1);
    assert_eq!(count("sys_monitor_disabled", None), 5);
    assert_eq!(on_record(data_dir.path(), &[]), 0);
}

#[test]
fn a_certificate_that_has_run_out_is_made_again_by_the_same_authority() {
    let mut service = Service::start();
    let read =
        |service: &Service, file: &str| std::fs::read(service.data_dir().join(file)).unwrap();
    let (ca, first) = (
        read(&service, "dev/ca.pem"),
        read(&service, "dev/server.pem"),
    );
    service.restart();
    assert_eq!(read(&service, "dev/server.pem"), first);
    service.clock.advance(time::Duration::days(81));
    service.restart();
    assert_eq!(read(&service, "dev/ca.pem"), ca);
    assert_ne!(read(&service, "dev/server.pem"), first);
    assert_eq!(service.anonymous().get("/healthz").status, 200);
}

#[test]
fn a_data_directory_that_others_may_enter_is_closed() {
    use std::os::unix::fs::PermissionsExt;
    let data_dir = tempfile::TempDir::new().unwrap();
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(data_dir.path(), open).unwrap();
    let migrated = Process::output(data_dir.path(), &["migrate"], &[]);
    assert!(migrated.status.success());
    let mode = std::fs::metadata(data_dir.path())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn keys_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let service = Service::start();
    let files = std::fs::read_dir(service.data_dir().join("dev")).unwrap();
    for entry in at_least(6, files) {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
}
