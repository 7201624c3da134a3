//! Tokens of a real OpenID provider, by discovery over TLS (JW-04, JW-11, JW-12). Run with
//! `just provider`: it needs Node.

use std::{
    io::Write,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::Receiver,
    thread,
};

use app::tls::development::certificates;
use serde_json::Value;
use tempfile::TempDir;
use time::OffsetDateTime;

use crate::harness::{Process, patience};

/// The program in `tests/provider`, which says what its commands do.
struct Provider {
    child: Child,
    commands: ChildStdin,
    answers: Receiver<String>,
    described: Value,
    directory: TempDir,
}

impl Provider {
    fn start() -> Self {
        let directory = TempDir::new().unwrap();
        let files = certificates(directory.path(), OffsetDateTime::now_utc()).unwrap();
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/provider/provider.mjs");
        let mut child = Command::new("node")
            .arg(program)
            .env("PROVIDER_CERT", &files.cert)
            .env("PROVIDER_KEY", &files.key)
            .env("NODE_EXTRA_CA_CERTS", &files.ca)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut provider = Self {
            commands: child.stdin.take().unwrap(),
            answers: patience::lines(child.stdout.take().unwrap()),
            child,
            described: Value::Null,
            directory,
        };
        provider.described = provider.answer();
        provider
    }

    fn answer(&mut self) -> Value {
        let line = patience::next("the provider answers", &self.answers);
        let line = line.expect("an answer; did `npm ci` run?");
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(answer.get("error"), None, "{answer}");
        answer
    }

    fn tell(&mut self, command: &str) -> Value {
        writeln!(self.commands, "{command}").unwrap();
        self.answer()
    }

    fn token(&mut self) -> String {
        self.tell("token")["token"].as_str().unwrap().to_owned()
    }

    fn key_set_reads(&mut self) -> u64 {
        self.tell("stats")["jwks"].as_u64().unwrap()
    }

    /// The service, trusting this provider by discovery.
    fn service(&self, settings: &str) -> (TempDir, Process) {
        let data_dir = TempDir::new().unwrap();
        let file = data_dir.path().join("provider.toml");
        let text = format!(
            r#"
                [rate_limit]
                failed_authentication.burst = 1000
                [auth]
                {settings}
                [[auth.issuers]]
                issuer = {}
                audience = "hardened-api"
                algorithms = ["ES256"]
                discovery = {}
                ca_file = "{}/ca.pem"
                allow_private_network = true
            "#,
            self.described["issuer"],
            self.described["discovery"],
            self.directory.path().display(),
        );
        std::fs::write(&file, text).unwrap();
        let arguments = ["--config", file.to_str().unwrap()];
        let process = Process::serve_with(data_dir.path(), &arguments);
        (data_dir, process)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
#[ignore = "needs Node: `just provider`"]
fn a_providers_token_is_believed_and_its_keys_change_without_a_false_401() {
    let mut provider = Provider::start();
    let (_files, service) = provider.service("key_cooldown_seconds = 1");
    let first = service.bearer(&provider.token());
    let me = first.get("/v1/me").json();
    assert_eq!(me["subject"], "alice-service");
    assert_eq!(me["issuer"], provider.described["issuer"]);
    assert_eq!(me["roles"], serde_json::json!(["editor"]));

    for _ in 0..3 {
        provider.tell("rotate");
        let rotated = service.bearer(&provider.token());
        // Many at once with a key that nobody knows yet: all wait for the one reading.
        thread::scope(|scope| {
            let asked: Vec<_> = (0..16)
                .map(|number| {
                    let actor = if number % 4 == 0 { &first } else { &rotated };
                    scope.spawn(|| actor.get("/v1/me").status)
                })
                .collect();
            for answer in asked {
                assert_eq!(answer.join().unwrap(), 200);
            }
        });
        // Past the cool-down.
        thread::sleep(std::time::Duration::from_millis(1100));
    }
}

#[test]
#[ignore = "needs Node: `just provider`"]
fn a_provider_that_is_away_is_neither_missed_nor_hammered() {
    let mut provider = Provider::start();
    let (_files, service) = provider.service("key_cooldown_seconds = 30");
    let known = service.bearer(&provider.token());
    assert_eq!(known.get("/v1/me").status, 200);

    // Keys that nobody has: under load, one reading.
    let before = provider.key_set_reads();
    let unknown: Vec<_> = (0..8)
        .map(|number| service.bearer(&with_key_id(&provider.token(), &format!("nobody-{number}"))))
        .collect();
    thread::scope(|scope| {
        for actor in &unknown {
            scope.spawn(|| (0..20).for_each(|_| assert_eq!(actor.get("/v1/me").status, 401)));
        }
    });
    assert_eq!(provider.key_set_reads() - before, 1);

    provider.tell("stop");
    for actor in [&known, &known, &known] {
        assert_eq!(actor.get("/v1/me").status, 200);
    }
}

#[test]
#[ignore = "needs Node: `just provider`"]
fn a_key_that_the_provider_withdraws_is_believed_no_longer() {
    let mut provider = Provider::start();
    let (_files, service) = provider.service("key_refresh_seconds = 1");
    let old = service.bearer(&provider.token());
    assert_eq!(old.get("/v1/me").status, 200);
    provider.tell("replace");
    let withdrawn = (0..100).any(|_| {
        thread::sleep(std::time::Duration::from_millis(50));
        old.get("/v1/me").status == 401
    });
    assert!(withdrawn);
    let new = service.bearer(&provider.token());
    assert_eq!(new.get("/v1/me").status, 200);
}

#[test]
#[ignore = "needs Node: `just provider`"]
fn a_provider_that_comes_late_is_waited_for() {
    let mut provider = Provider::start();
    let token = provider.token();
    provider.tell("stop");
    let (_files, service) = provider.service("");
    let early = service.bearer(&token);
    assert_eq!(early.get("/v1/me").status, 503);
    provider.tell("start");
    let believed = (0..200).any(|_| {
        thread::sleep(std::time::Duration::from_millis(50));
        early.get("/v1/me").status == 200
    });
    assert!(believed);
}

/// A token that claims another key: its signature is nobody's.
fn with_key_id(token: &str, id: &str) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
    let (header, rest) = token.split_once('.').unwrap();
    let mut header: Value = serde_json::from_slice(&BASE64.decode(header).unwrap()).unwrap();
    header["kid"] = id.into();
    format!("{}.{rest}", BASE64.encode(header.to_string()))
}
