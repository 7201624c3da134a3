//! A stop lets requests in flight finish, and a hangup stops nothing (CN-05).

use tempfile::TempDir;

use crate::{
    harness::{Actor, Connection, Process, patience},
    invoices::content,
};

/// The service with its log in a file, and no timeout shorter than the patience of a test.
struct Patient {
    data_dir: TempDir,
    process: Process,
}

impl Patient {
    fn start() -> Self {
        let data_dir = TempDir::new().unwrap();
        let file = data_dir.path().join("patient.toml");
        let text = "public.shutdown_timeout_seconds = 120\n\
                    [public.limits]\nbody_timeout_seconds = 120\nrequest_timeout_seconds = 120";
        std::fs::write(&file, text).unwrap();
        let log = data_dir.path().join("log");
        let arguments = ["--config", file.to_str().unwrap()];
        let process = Process::serve_logging(data_dir.path(), &arguments, &log);
        Self { data_dir, process }
    }

    fn logs(&self, words: &str) {
        let log = self.data_dir.path().join("log");
        patience::until(words, || {
            let log = std::fs::read_to_string(&log).unwrap();
            log.contains(words)
        });
    }

    /// A creation that waits for its body, and is certain to be in flight.
    fn creation(actor: &Actor, body: &str) -> Connection {
        let length = body.len().to_string();
        let headers = [
            ("content-type", "application/json"),
            ("content-length", length.as_str()),
            ("expect", "100-continue"),
        ];
        let mut connection = actor.open("POST", "/v1/invoices", &headers);
        assert!(connection.continues());
        connection
    }
}

#[test]
fn asked_to_stop_it_answers_what_is_in_flight_and_ends_well() {
    for signal in ["TERM", "INT", "QUIT"] {
        let mut service = Patient::start();
        let alice = service.process.editor("alice");
        let body = content().to_string();
        let mut creation = Patient::creation(&alice, &body);
        service.process.signal(signal);
        service.logs(&format!("SIG{signal}"));
        patience::until("nobody listens", || !alice.is_heard());
        assert!(!service.process.has_ended(), "{signal}");
        creation.write(body.as_bytes());
        let answer = creation.response("POST");
        assert_eq!(answer.status, 201, "{signal}: {answer}");
        assert_eq!(answer.json()["customer_name"], content()["customer_name"]);
        assert!(creation.is_closed());
        assert!(service.process.wait(), "{signal}");
    }
}

#[test]
fn asked_a_second_time_it_ends_at_once_and_says_so() {
    let mut service = Patient::start();
    let alice = service.process.editor("alice");
    let mut creation = Patient::creation(&alice, &content().to_string());
    service.process.signal("INT");
    service.logs("requests in flight may finish");
    assert!(!service.process.has_ended());
    service.process.signal("TERM");
    assert!(!service.process.wait(), "not all was answered");
    service.logs("stopped before all was answered");
    assert!(creation.is_closed());
}

#[test]
fn a_hangup_is_logged_and_ends_nothing() {
    let mut service = Patient::start();
    let alice = service.process.editor("alice");
    let body = content().to_string();
    let mut creation = Patient::creation(&alice, &body);
    for _ in 0..2 {
        service.process.signal("HUP");
    }
    service.logs("SIGHUP ignored");
    creation.write(body.as_bytes());
    assert_eq!(creation.response("POST").status, 201);
    assert_eq!(alice.get("/v1/me").status, 200);
    service.process.terminate();
}
