//! Lines of the log that are about a request name it: without the id, nobody finds what belongs to the
//! answer that a client complains about (ER-03, LO-04).

use std::{fs, process::Command};

use app::{
    config::{Log, LogFormat},
    telemetry,
};
use serde_json::Value;

use crate::{
    harness::{Process, Response, Service, patience},
    surface::probes,
};

const SETTINGS: &str = r#"
[log]
format = "json"
filter = "info,access=debug,app=debug,request=debug,sqlx=debug"
"#;

/// The messages of those lines that name the request which was answered with `answer`.
fn about<'l>(log: &'l [Value], answer: &Response) -> Vec<&'l str> {
    let id = answer.header("x-request-id");
    let lines = log.iter().filter(|line| line["request.id"] == id);
    lines
        .map(|line| line["message"].as_str().unwrap())
        .collect()
}

fn lines(log: &str) -> Vec<Value> {
    let lines = log.lines().filter(|line| line.starts_with('{'));
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn lines_about_a_request_name_it() {
    let data_dir = tempfile::TempDir::new().unwrap();
    let settings = data_dir.path().join("settings.toml");
    fs::write(&settings, SETTINGS).unwrap();
    let log = data_dir.path().join("log");
    let arguments = ["--config", settings.to_str().unwrap()];
    let mut process = Process::serve_logging(data_dir.path(), &arguments, &log);
    let good = process.editor("alice").get("/v1/invoices");
    let forged = process.bearer("e30.e30.e30").get("/v1/me");
    let refused = process.bearer("").get("/v1/%6De");
    // `{"iss":"https://issuer.localhost/"}`, which is the development issuer but for the slash.
    let slash = "e30.eyJpc3MiOiJodHRwczovL2lzc3Vlci5sb2NhbGhvc3QvIn0.e30";
    let misspelt = process.bearer(slash).get("/v1/me");
    assert_eq!(
        [good.status, forged.status, refused.status],
        [200, 401, 400]
    );
    process.terminate();

    let log = lines(&fs::read_to_string(log).unwrap());
    assert_eq!(about(&log, &good), ["served"]);
    assert_eq!(about(&log, &forged), ["access token refused", "served"]);
    let misspelt = misspelt.header("x-request-id");
    let shown = log.iter().find(|line| line["request.id"] == misspelt);
    let shown = shown.unwrap()["error"].as_str().unwrap();
    for spelling in ["https://issuer.localhost\"", "https://issuer.localhost/\""] {
        assert!(shown.contains(spelling), "{shown}");
    }
    assert_eq!(
        about(&log, &refused),
        ["request refused at the gate", "served"]
    );
    // What a library logs, with the span that `request=debug` asks for.
    let of_library = log.iter().find(|line| {
        line["target"] == "sqlx::query" && line["span"]["request.id"] == good.header("x-request-id")
    });
    assert!(of_library.is_some(), "{log:#?}");
}

#[test]
fn a_stop_says_why_and_that_it_is_over() {
    let data_dir = tempfile::TempDir::new().unwrap();
    let settings = data_dir.path().join("settings.toml");
    fs::write(&settings, SETTINGS).unwrap();
    let log = data_dir.path().join("log");
    let arguments = ["--config", settings.to_str().unwrap()];
    let mut process = Process::serve_logging(data_dir.path(), &arguments, &log);
    process.terminate();
    let log = lines(&fs::read_to_string(log).unwrap());
    let said = log.iter().filter(|line| line["target"] == "app::app");
    let said: Vec<_> = said
        .map(|line| (line["message"].as_str().unwrap(), line["signal"].as_str()))
        .collect();
    let expected = [
        ("stopping; requests in flight may finish", Some("SIGTERM")),
        ("stopped", None),
    ];
    assert_eq!(said, expected);
    assert_eq!(log.last().unwrap()["message"], "stopped");
}

/// The hook for panics is the process's, so the service that panics has one of its own.
#[test]
#[ignore = "what the next test starts"]
fn panicking_service() {
    let settings = Log {
        format: LogFormat::Json,
        filter: "info".to_owned(),
    };
    let _log = telemetry::init(&settings);
    let service = Service::serving(probes::service(), &[]);
    let alice = service.editor("alice");
    // In the request's own task, and in the one that a change has.
    for (method, path) in [("GET", "/panic"), ("POST", "/v1/panic")] {
        let answer = alice.send(method, path, &[], b"");
        assert_eq!(answer.status, 500);
        println!("\nanswered {}", answer.header("x-request-id"));
    }
}

#[test]
fn a_panic_is_one_line_with_its_request() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let arguments = [
        "log::panicking_service",
        "--exact",
        "--ignored",
        "--nocapture",
    ];
    let output = patience::output(command.args(arguments));
    assert!(output.status.success(), "{output:?}");
    let answers = String::from_utf8(output.stdout).unwrap();
    let answers = answers
        .lines()
        .filter_map(|line| line.strip_prefix("answered "));
    let answers: Vec<&str> = answers.collect();
    assert_eq!(answers.len(), 2);
    let log = lines(&String::from_utf8(output.stderr).unwrap());
    for id in answers {
        let lines = log.iter().filter(|line| line["request.id"] == id);
        let panics = lines.filter(|line| line["message"] == "panicked");
        assert_eq!(panics.count(), 1, "{log:#?}");
    }
}
