//! What is said of a secret file that cannot be used: its name and the kind of fault, never its content
//! (A library's error text carries the line that it stopped at, which can be a whole key.)

use std::fs;

use app::config::Sources;
use data_encoding::HEXLOWER;
use rcgen::KeyPair;
use tempfile::TempDir;

use super::{Given, said, start, write};
use crate::harness::Process;

/// Asserts that nothing of a secret is in the text: not as text, not as numbers, not in hexadecimal.
fn holds_nothing_of(secret: &str, text: &str, what: &str) {
    let body: String = secret
        .lines()
        .filter(|line| !line.contains("-----"))
        .collect();
    assert!(body.len() > 30, "{what}: a secret to look for");
    for window in body.as_bytes().windows(8) {
        let plain = String::from_utf8_lossy(window).into_owned();
        let decimal: Vec<String> = window.iter().map(ToString::to_string).collect();
        let hexadecimal = HEXLOWER.encode(window);
        for form in [plain, decimal.join(", "), hexadecimal] {
            assert!(!text.contains(&form), "{what}: {text}");
        }
    }
}

/// A key, and the ways in which it gets lost on the way to a server.
fn damaged(key: &str) -> [(&'static str, String); 6] {
    let half = &key[..key.len() / 2];
    [
        ("line ends lost", key.replace('\n', " ")),
        ("line ends escaped", key.replace('\n', "\\n")),
        ("line ends deleted", key.replace('\n', "")),
        ("cut off", half.to_owned()),
        (
            "without its first line",
            key.split_once('\n').unwrap().1.to_owned(),
        ),
        ("another letter", key.replacen("\nM", "\n!", 1)),
    ]
}

#[test]
fn nothing_of_a_tls_key_is_said() {
    let given = Given::new();
    let key = fs::read_to_string(&given.tls.key).unwrap();
    for (damage, text) in damaged(&key) {
        write(&given.tls.key, &text);
        for command in ["check-config", "serve"] {
            let output = given.run(command, &[]);
            assert_eq!(output.status.code(), Some(1), "{damage}");
            let said = said(&output);
            assert!(said.contains("server.key: "), "{damage}: {said}");
            holds_nothing_of(&key, &said, damage);
        }
    }
}

#[test]
fn nothing_of_a_key_is_said_that_was_given_as_a_certificate_a_key_set_or_settings() {
    let given = Given::new();
    let key = fs::read_to_string(&given.tls.key).unwrap();
    for (damage, text) in damaged(&key) {
        for name in ["server.pem", "ca.pem", "jwks.json"] {
            write(&given.path(name), &text);
        }
        holds_nothing_of(&key, &said(&given.run("serve", &[])), damage);
        let file = given.path("key.toml");
        write(&file, &text);
        let arguments = ["--config", file.to_str().unwrap(), "check-config"];
        let output = Process::output(given.data_dir.path(), &arguments, &[]);
        assert_eq!(output.status.code(), Some(1), "{damage}");
        holds_nothing_of(&key, &said(&output), damage);
    }
}

#[test]
fn nothing_of_our_own_keys_is_said() {
    let data_dir = TempDir::new().unwrap();
    drop(Process::serve(data_dir.path()));
    let path = |name: &str| data_dir.path().join(name);
    for name in [
        "audit.key",
        "dev/token-signing.key",
        "dev/server.key",
        "dev/ca.key",
    ] {
        let key = fs::read_to_string(path(name)).unwrap();
        let mut refused = 0;
        for (damage, text) in damaged(&key) {
            write(&path(name), &text);
            if name == "dev/ca.key" {
                // It is read to sign with, when there is no certificate.
                fs::remove_file(path("dev/server.pem")).ok();
            }
            let said = said(&start(data_dir.path()));
            refused += usize::from(!said.contains("cannot listen"));
            holds_nothing_of(&key, &said, &format!("{name}, {damage}"));
        }
        assert!(refused > 2, "{name}: most of the damage stops the start");
        write(&path(name), &key);
    }
}

/// Every setting that is no path, by its variable. A path is named in what is said of it.
fn variables() -> Vec<String> {
    let is_path = |key: &String| {
        let name = key.rsplit('.').next().unwrap();
        ["file", "cert_file", "key_file", "data_dir"].contains(&name)
    };
    let mut keys = app::config::keys();
    keys.retain(|key| !is_path(key));
    let variable = |key: String| format!("APP_{}", key.replace('.', "__").to_uppercase());
    keys.into_iter().map(variable).collect()
}

const PASSWORD: &str = "kQ7vZ3mW9xR2tY5uJ8pL4nB6cD1fG0hS7aE3";

#[test]
fn nothing_of_a_secret_is_said_that_was_given_to_the_wrong_setting() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("secret");
    let variables = variables();
    assert!(variables.len() > 40, "{variables:?}");
    let key = KeyPair::generate().unwrap().serialize_pem();
    for (secret, text) in [
        (key.as_str(), key.clone()),
        (PASSWORD, PASSWORD.to_owned()),
        (
            PASSWORD,
            format!("postgres://api:{PASSWORD}@db/app?sslmode={PASSWORD}"),
        ),
        (PASSWORD, format!("https://{PASSWORD}@localhost/{PASSWORD}")),
    ] {
        write(&file, text);
        for variable in &variables {
            let value = (format!("{variable}_FILE"), file.display().to_string());
            let sources = Sources {
                files: Vec::new(),
                environment: vec![value],
            };
            let (_, found) = app::config::examine(&sources, &app::permissions::ACCESS.role_names());
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            holds_nothing_of(secret, &found.join("\n"), variable);
        }
    }
}

#[test]
fn nothing_of_a_database_url_is_said() {
    let data_dir = TempDir::new().unwrap();
    for url in [
        format!("sqlite:app.db?mode={PASSWORD}"),
        format!("sqlite:app.db?{PASSWORD}=1"),
        format!("postgres://api:{PASSWORD}@db/app"),
    ] {
        let environment = [("APP_DATABASE__URL", url.as_str())];
        for command in ["migrate", "check-config", "serve"] {
            let output = Process::output(data_dir.path(), &[command], &environment);
            assert_eq!(output.status.code(), Some(1), "{url}");
            holds_nothing_of(PASSWORD, &said(&output), command);
        }
    }
}
