//! Files that the service makes: for its owner only, where nobody else can exchange them.

use std::{fs, os::unix::fs::symlink, process::Command};

use tempfile::TempDir;

use super::{Given, mode, said, set_mode, start, write};
use crate::harness::{Process, patience};

/// The program in a shell that lets everybody read and write what it makes.
fn without_umask(arguments: &[&str], environment: &[(&str, &str)]) -> std::process::Output {
    let mut command = Command::new("sh");
    command
        .args(["-c", "umask 0; exec \"$0\" \"$@\""])
        .arg(env!("CARGO_BIN_EXE_hardened-api"))
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .envs(environment.iter().copied());
    patience::output(&mut command)
}

#[test]
fn a_database_outside_the_data_directory_is_its_owners_only_whatever_the_umask() {
    let (elsewhere, data_dir) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let database = elsewhere.path().join("other.db");
    let url = format!("sqlite:{}", database.display());
    let environment = [
        ("APP_DATABASE__URL", url.as_str()),
        ("APP_DATA_DIR", data_dir.path().to_str().unwrap()),
    ];
    let migrated = without_umask(&["migrate"], &environment);
    assert_eq!(said(&migrated), "");
    assert_eq!((mode(&database), mode(data_dir.path())), (0o600, 0o700));

    set_mode(&database, 0o644);
    let refused = said(&without_umask(&["migrate"], &environment));
    assert!(
        refused.contains("other.db: others may read this secret (mode 0644)"),
        "{refused}"
    );
}

#[test]
fn a_shared_directory_is_refused_as_data_directory_and_keeps_its_mode() {
    for wide in [0o1777, 0o755] {
        let shared = TempDir::new().unwrap();
        write(&shared.path().join("of somebody else"), "");
        set_mode(shared.path(), wide);
        let data_dir = [("APP_DATA_DIR", shared.path().to_str().unwrap())];
        for command in ["serve", "check-config", "migrate"] {
            let refused = without_umask(&[command], &data_dir);
            assert_eq!(refused.status.code(), Some(1), "{command}");
            let refused = said(&refused);
            assert!(
                refused.contains("is shared with others"),
                "{command}: {refused}"
            );
        }
        assert_eq!(mode(shared.path()), wide);
        assert_eq!(
            fs::read_dir(shared.path()).unwrap().count(),
            1,
            "nothing is made in it"
        );
    }
}

#[test]
fn links_that_were_planted_in_the_data_directory_lead_nowhere() {
    let (data_dir, victims) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let victim = victims.path().join("victim");
    write(&victim, "there");
    fs::create_dir(data_dir.path().join("dev")).unwrap();
    for link in [
        "addresses.json",
        "addresses.json.draft",
        "audit.key.draft",
        "audit.head",
        "audit.draft",
        "audit.head.draft",
        "audit.pub",
        "dev/ca.draft",
        "dev/ca.key.draft",
        "dev/server.pem.draft",
        "dev/jwks.json",
    ] {
        symlink(&victim, data_dir.path().join(link)).unwrap();
    }
    let process = Process::serve(data_dir.path());
    drop(process);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "there");

    for lock in ["prepare.lock", "audit.lock"] {
        let data_dir = TempDir::new().unwrap();
        symlink(&victim, data_dir.path().join(lock)).unwrap();
        let refused = said(&start(data_dir.path()));
        assert!(
            refused.contains(lock) && refused.contains("is a symbolic link"),
            "{refused}"
        );
        assert_eq!(fs::read_to_string(&victim).unwrap(), "there");
    }
}

#[test]
fn keys_of_ours_that_others_could_read_are_not_used() {
    let data_dir = TempDir::new().unwrap();
    drop(Process::serve(data_dir.path()));
    for key in ["audit.key", "dev/token-signing.key", "dev/server.key"] {
        let path = data_dir.path().join(key);
        set_mode(&path, 0o644);
        let refused = said(&start(data_dir.path()));
        assert!(
            refused.contains("others may read this secret"),
            "{key}: {refused}"
        );
        assert!(refused.contains(key), "{refused}");
        set_mode(&path, 0o600);
    }
}

#[test]
fn healthcheck_is_0_after_a_renewal_on_disk_until_the_service_takes_it_up() {
    let data_dir = TempDir::new().unwrap();
    let process = Process::serve(data_dir.path());
    let ask = || said(&Process::output(data_dir.path(), &["healthcheck"], &[]));
    assert_eq!(ask(), "healthy\n");
    let renewed = Given::new();
    for name in ["server.pem", "server.key"] {
        fs::copy(renewed.path(name), data_dir.path().join("dev").join(name)).unwrap();
    }
    assert_eq!(ask(), "healthy\n", "the service serves as before");
    drop(process);
    let _again = Process::serve(data_dir.path());
    assert_eq!(ask(), "healthy\n", "and with the new one");
}

#[test]
fn healthcheck_makes_no_directory() {
    let parent = TempDir::new().unwrap();
    let data_dir = parent.path().join("data");
    let refused = Process::output(&data_dir, &["healthcheck"], &[("APP_PUBLIC__PORT", "1")]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(!data_dir.exists());
}
