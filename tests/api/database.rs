//! Trouble with the database: at start a refusal that says path, meaning and mend; while it runs a 503
//! and one line in the log (CN-05, ER-02).

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::Path,
};

use insta::assert_snapshot;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};
use tempfile::TempDir;

use crate::{
    harness::{Process, Service, patience},
    invoices::content,
    surface::probes,
};

const NOBODY: u32 = 65_534;
const IMPATIENT: (&str, &str) = ("APP_DATABASE__BUSY_TIMEOUT_SECONDS", "1");

/// A data directory whose database has been migrated.
fn migrated() -> TempDir {
    let data_dir = TempDir::new().unwrap();
    let output = Process::output(data_dir.path(), &["migrate"], &[]);
    assert!(output.status.success(), "{output:?}");
    data_dir
}

/// What `serve` and `migrate` say to this database, without the path of the data directory. Both refuse.
fn refused(data_dir: &Path, environment: &[(&str, &str)]) -> String {
    let environment = [environment, &[("APP_PUBLIC__PORT", "0"), IMPATIENT]].concat();
    let said = ["migrate", "serve"].map(|command| {
        let mut command = Process::command(data_dir, &[command], &environment);
        // For root nothing is closed.
        if fs::metadata("/proc/self").unwrap().uid() == 0 {
            give_to_nobody(data_dir);
            command.uid(NOBODY).gid(NOBODY);
        }
        let output = patience::output(&mut command);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    });
    // What the configuration alone tells, a start says with its key.
    let of_serve = said[1].replacen("database.url: ", "", 1);
    assert_eq!(said[0], of_serve);
    said[0].replace(data_dir.to_str().unwrap(), "[dir]")
}

fn give_to_nobody(path: &Path) {
    chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give_to_nobody(&entry.unwrap().path());
        }
    }
}

/// The same with another database.
fn refused_at(data_dir: &Path, url: &str) -> String {
    let url = format!("sqlite:{}/{url}", data_dir.display());
    refused(data_dir, &[("APP_DATABASE__URL", &url)])
}

/// Does this with a connection to the database.
fn with_connection<T>(data_dir: &Path, work: impl AsyncFnOnce(&mut SqliteConnection) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let url = format!("sqlite:{}", data_dir.join("app.db").display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let done = work(&mut connection).await;
        connection.close().await.unwrap();
        done
    })
}

/// A migrated database whose list of migrations was changed by this.
fn with_other_migrations(statement: &str) -> TempDir {
    let data_dir = migrated();
    with_connection(data_dir.path(), async |connection| {
        let statement = AssertSqlSafe(statement.to_owned());
        connection.execute(statement).await.unwrap();
    });
    data_dir
}

#[test]
fn a_database_that_is_not_there_or_not_one_is_named_with_its_mend() {
    let data_dir = TempDir::new().unwrap();
    let dir = data_dir.path();
    assert_snapshot!(refused_at(dir, "none/app.db"), @"error: the database [dir]/none/app.db has no directory: make it, or set APP_DATABASE__URL to another path");
    fs::create_dir(dir.join("folder")).unwrap();
    assert_snapshot!(refused_at(dir, "folder"), @"error: the database [dir]/folder is not a regular file: set APP_DATABASE__URL to the path of a file");
    fs::write(
        dir.join("text.db"),
        "some text, as a file that was mixed up has",
    )
    .unwrap();
    assert_snapshot!(refused_at(dir, "text.db"), @"error: the database [dir]/text.db is not a SQLite database, or is damaged: set APP_DATABASE__URL to another path, or restore a backup (docs/backup.md)");
    let url = [("APP_DATABASE__URL", "sqlite:secret?mode=quark")];
    assert_snapshot!(refused(dir, &url), @"error: the database of database.url has no URL of SQLite: write sqlite:PATH");
}

#[test]
fn a_database_that_cannot_be_written_stops_the_start() {
    let data_dir = migrated();
    let dir = data_dir.path();
    assert_snapshot!(refused_at(dir, "app.db?mode=ro"), @"error: the database [dir]/app.db cannot be written: make the file, its directory and the file system writable for this user, and take mode=ro and immutable out of database.url");
    // The file may be written, its directory may not.
    let closed = dir.join("closed");
    fs::create_dir(&closed).unwrap();
    fs::copy(dir.join("app.db"), closed.join("app.db")).unwrap();
    let mode = |file: &Path, mode| {
        fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(&closed.join("app.db"), 0o666);
    mode(&closed, 0o555);
    assert_snapshot!(refused_at(dir, "closed/app.db"), @"error: the database [dir]/closed/app.db cannot be written: make the file, its directory and the file system writable for this user, and take mode=ro and immutable out of database.url");
    // It may be neither read nor written.
    mode(&closed.join("app.db"), 0o000);
    assert_snapshot!(refused_at(dir, "closed/app.db"), @"error: the database [dir]/closed/app.db may not be read and written by this user: give it the file and the file's directory, where SQLite keeps its -wal and -shm files");
}

#[test]
fn a_database_that_somebody_else_holds_stops_the_start() {
    let data_dir = migrated();
    with_connection(data_dir.path(), async |connection| {
        connection.execute("BEGIN IMMEDIATE").await.unwrap();
        assert_snapshot!(refused(data_dir.path(), &[]), @"error: the database [dir]/app.db is locked: end the process or the transaction that holds its write lock");
        connection.execute("ROLLBACK").await.unwrap();
    });
}

#[test]
fn a_schema_that_is_not_this_programs_stops_the_start() {
    let copy_as = |version: u32| {
        format!(
            "INSERT INTO _sqlx_migrations SELECT {version}, description, installed_on, success, \
             checksum, execution_time FROM _sqlx_migrations WHERE version = 1"
        )
    };
    let newer = with_other_migrations(&copy_as(99));
    assert_snapshot!(refused(newer.path(), &[]), @"error: the database [dir]/app.db was migrated by a newer version of this program (migration 99; this program knows 3): start that version, or restore a backup from before it (docs/backup.md)");
    let other = with_other_migrations(&copy_as(0));
    assert_snapshot!(refused(other.path(), &[]), @"error: the database [dir]/app.db has migration 0, and this program does not: put its file back into migrations/sqlite, or use another database");
    let changed = "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 2";
    let changed = with_other_migrations(changed);
    assert_snapshot!(refused(changed.path(), &[]), @"error: the database [dir]/app.db has migration 2 as it was before its file was changed: put the file back, and write the change as a new migration");
    let half = "UPDATE _sqlx_migrations SET success = 0 WHERE version = 2";
    let half = with_other_migrations(half);
    assert_snapshot!(refused(half.path(), &[]), @"error: the database [dir]/app.db has half of migration 2: restore a backup (docs/backup.md)");
}

#[test]
fn a_value_that_only_one_may_have_is_409_with_the_code_of_its_slice() {
    let service = Service::serving(probes::service(), &[]);
    let answer = service.editor("alice").send("POST", "/v1/taken", &[], b"");
    assert_snapshot!(answer, @r#"
    409
    content-type: application/problem+json

    {
      "detail": "Something that exists already has a value that only one may have.",
      "errors": [
        {
          "code": "name_taken",
          "pointer": ""
        }
      ],
      "instance": "urn:uuid:[id]",
      "status": 409,
      "title": "Already exists",
      "type": "/problems/already-exists"
    }
    "#);
}

#[test]
fn a_full_disk_is_503() {
    let service = Service::serving(probes::service(), &[]);
    let answer = service.editor("alice").send("POST", "/v1/full", &[], b"");
    assert_snapshot!(answer, @r#"
    503
    content-type: application/problem+json
    retry-after: 5

    {
      "detail": "The service cannot do this now. Try again later.",
      "instance": "urn:uuid:[id]",
      "status": 503,
      "title": "Unavailable",
      "type": "/problems/unavailable"
    }
    "#);
}

#[test]
fn a_database_that_cannot_be_written_now_is_503_and_one_line_in_the_log() {
    let data_dir = TempDir::new().unwrap();
    let settings = data_dir.path().join("settings.toml");
    let text = "[log]\nformat = \"json\"\n[database]\nbusy_timeout_seconds = 1";
    fs::write(&settings, text).unwrap();
    let log = data_dir.path().join("log");
    let arguments = ["--config", settings.to_str().unwrap()];
    let mut process = Process::serve_logging(data_dir.path(), &arguments, &log);
    let alice = process.editor("alice");
    let answer = with_connection(data_dir.path(), async |connection| {
        connection.execute("BEGIN IMMEDIATE").await.unwrap();
        let answer = alice.post("/v1/invoices", &content());
        connection.execute("ROLLBACK").await.unwrap();
        answer
    });
    assert_eq!((answer.status, answer.header("retry-after")), (503, "5"));
    assert_eq!(alice.post("/v1/invoices", &content()).status, 201);
    process.terminate();
    let log = fs::read_to_string(log).unwrap();
    let about: Vec<&str> = log
        .lines()
        .filter(|line| line.contains(answer.header("x-request-id")))
        .collect();
    assert_eq!(about.len(), 1, "{about:#?}");
    let line: Value = serde_json::from_str(about[0]).unwrap();
    assert_eq!(
        (&line["level"], &line["http.status_code"]),
        (&"ERROR".into(), &503.into())
    );
    let cause = line["cause"].as_str().unwrap();
    assert_snapshot!(cause, @"the database is locked: end the process or the transaction that holds its write lock: error returned from database: (code: 5) database is locked");
}
