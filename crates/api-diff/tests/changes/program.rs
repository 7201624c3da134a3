//! The program: its exit code is the gate, and its report names each change.
#![expect(
    clippy::disallowed_methods,
    reason = "the program itself is what is tested"
)]

use std::{fs, path::PathBuf, process::Command};

use serde_json::Value;

use super::document;

/// The exit code and the report for an edited document.
fn run(test: &str, accepted: &str, edit: impl Fn(&mut Value)) -> (Option<i32>, String) {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    fs::create_dir_all(&directory).unwrap();
    let mut new = document();
    edit(&mut new);
    let files = [
        ("old.json", document().to_string()),
        ("new.json", new.to_string()),
        ("accepted.txt", accepted.to_owned()),
    ];
    let mut program = Command::new(env!("CARGO_BIN_EXE_api-diff"));
    for (name, text) in files {
        let file = directory.join(name);
        fs::write(&file, text).unwrap();
        program.arg(file);
    }
    let output = program.output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

fn without_post(document: &mut Value) {
    let orders = document.pointer_mut("/paths/~1orders").unwrap();
    orders.as_object_mut().unwrap().remove("post").unwrap();
}

#[test]
fn a_change_that_breaks_a_client_fails_and_is_named() {
    let (code, report) = run("breaks", "# nothing\n", without_post);
    assert_eq!(code, Some(1));
    assert_eq!(
        report,
        "### Breaks clients\n\n````text\nPOST /orders: the operation is gone\n````\n\n"
    );
}

#[test]
fn a_line_accepts_that_change_and_no_other() {
    let (code, report) = run(
        "accepted",
        "POST /orders: the operation is gone\n",
        without_post,
    );
    assert_eq!(code, Some(0));
    assert_eq!(
        report,
        "### Breaks clients, and is accepted\n\n````text\nPOST /orders: the operation is gone\n````\n\n"
    );
    let (code, _) = run(
        "another",
        "GET /orders: the operation is gone\n",
        without_post,
    );
    assert_eq!(code, Some(1));
}

#[test]
fn a_change_that_breaks_nobody_is_named() {
    let (code, report) = run("fine", "", |document| {
        let paths = document.pointer_mut("/paths/~1orders").unwrap();
        paths["put"] = serde_json::json!({});
    });
    assert_eq!(code, Some(0));
    assert_eq!(
        report,
        "### Breaks nobody\n\n````text\nPUT /orders: the operation is new\n````\n\n"
    );
}

#[test]
fn without_a_change_the_report_says_so() {
    let (code, report) = run("same", "", |_| {});
    assert_eq!(code, Some(0));
    assert_eq!(
        report,
        "The OpenAPI document changes nothing for clients.\n\n"
    );
}

#[test]
fn a_document_that_cannot_be_read_is_neither() {
    let program = Command::new(env!("CARGO_BIN_EXE_api-diff"))
        .output()
        .unwrap();
    assert_eq!(program.status.code(), Some(2));
}
