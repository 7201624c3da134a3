//! Hostile JSON: more than eight hundred bodies that break one thing each are refused with the status
//! and the first error that the contract names, leave no trace in the store and none of their text
//! in the answer (CONTROLS IN-02…IN-10, §0.2; ER-02).
//!
//! Wherever it can, a case is an invoice that would be made but for one thing, so that taking the
//! control out makes it. The cases are data: `grammar` (structure, names, what stands around a
//! document), `numbers`, `strings`, `encoding` (UTF-8 and what is not), `members` (duplicates,
//! strangers), `shapes` (types and rules), `edges` (depth, count, size), `patch`.

mod accepted;
mod edges;
mod encoding;
mod grammar;
mod members;
mod numbers;
mod patch;
mod shapes;
mod strings;

use std::collections::BTreeSet;

use serde_json::json;

use crate::harness::{Actor, Response, Service};

/// Stands in most bodies; in an answer it would be an echo. Not a plain word, so not in a pointer.
const MARKER: &str = "zq-7f3";

/// A line of a table: name, text, status, first error as `pointer code`.
type Row = (&'static str, &'static str, u16, &'static str);
/// The same for what is not text.
type ByteRow = (&'static str, &'static [u8], u16, &'static str);

#[derive(Clone)]
struct Case {
    name: String,
    body: Vec<u8>,
    status: u16,
    error: String,
}

fn case(name: &str, body: impl Into<Vec<u8>>, status: u16, error: &str) -> Case {
    Case {
        name: name.to_owned(),
        body: body.into(),
        status,
        error: error.to_owned(),
    }
}

/// The cases of a table, each text put into a body by `body`.
fn each(group: &str, rows: &[Row], body: impl Fn(&[u8]) -> Vec<u8>) -> Vec<Case> {
    let cases = rows.iter().map(|(name, text, status, error)| {
        case(
            &format!("{group}: {name}"),
            body(text.as_bytes()),
            *status,
            error,
        )
    });
    cases.collect()
}

fn each_bytes(group: &str, rows: &[ByteRow], body: impl Fn(&[u8]) -> Vec<u8>) -> Vec<Case> {
    let cases = rows.iter().map(|(name, bytes, status, error)| {
        case(&format!("{group}: {name}"), body(bytes), *status, error)
    });
    cases.collect()
}

/// The members of an invoice that would be made, as they are written.
const MEMBERS: [(&str, &str); 5] = [
    ("customer_name", r#""zq-7f3""#),
    ("customer_email", r#""ada@example.com""#),
    ("amount_minor", "1999"),
    ("currency", r#""EUR""#),
    ("due_on", r#""2030-01-31""#),
];

/// That invoice.
fn invoice() -> Vec<u8> {
    between(b"", b"")
}

/// That invoice, with `value` for the value of `member`.
fn with(member: &str, value: &[u8]) -> Vec<u8> {
    let mut members = MEMBERS.map(|(name, text)| (name, text.as_bytes())).to_vec();
    match members.iter_mut().find(|(name, _)| *name == member) {
        Some(known) => known.1 = value,
        None => members.push((member, value)),
    }
    let members = members
        .into_iter()
        .map(|(name, value)| [format!("\"{name}\":").as_bytes(), value].concat());
    [
        b"{",
        members.collect::<Vec<_>>().join(&b',').as_slice(),
        b"}",
    ]
    .concat()
}

/// That invoice, with a memo of this inside its quotes.
fn with_text(text: &[u8]) -> Vec<u8> {
    with("memo", &[b"\"", text, b"\""].concat())
}

/// That invoice, with `text` after a comma where one more member is due.
fn and(text: &[u8]) -> Vec<u8> {
    let mut body = invoice();
    body.pop();
    [body.as_slice(), b",", text, b"}"].concat()
}

/// That invoice, with something before and after it.
fn between(before: &[u8], after: &[u8]) -> Vec<u8> {
    let members = MEMBERS.map(|(name, value)| format!("\"{name}\":{value}"));
    let text = format!("{{{}}}", members.join(","));
    [before, text.as_bytes(), after].concat()
}

fn post(actor: &Actor, body: &[u8]) -> Response {
    let headers = [("content-type", "application/json")];
    actor.send("POST", "/v1/invoices", &headers, body)
}

/// What is wrong with the answer, for a report of all cases at once.
fn verdict(case: &Case, answer: &Response) -> Option<String> {
    let errors = if answer.status < 400 {
        Vec::new()
    } else {
        answer.errors()
    };
    let first = errors.first().map_or("", String::as_str);
    let echo = String::from_utf8_lossy(&answer.body).contains(MARKER);
    let right = answer.status == case.status && first == case.error && !echo;
    let Case {
        name,
        status,
        error,
        ..
    } = case;
    let echo = if echo { ", with an echo" } else { "" };
    (!right).then(|| {
        format!(
            "{name}: {} {first:?}{echo}; due is {status} {error:?}",
            answer.status
        )
    })
}

/// Posts each case, and looks for what it left behind.
fn refused(service: &Service, cases: &[Case]) {
    let alice = service.editor("alice");
    let wrong: Vec<_> = cases
        .iter()
        .filter_map(|case| verdict(case, &post(&alice, &case.body)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let everything = service.auditor("otto").get("/v1/invoices");
    assert_eq!(everything.json()["items"], json!([]));
}

#[test]
fn what_breaks_one_thing_is_refused_unstored_and_unechoed() {
    let cases = [
        grammar::cases(),
        numbers::cases(),
        strings::cases(),
        encoding::cases(),
        members::cases(),
        shapes::cases(),
        edges::cases(),
    ]
    .concat();
    let names: BTreeSet<_> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len(), "each case has its own name");
    assert!(cases.len() >= 781, "{} cases", cases.len());
    refused(&Service::start(), &cases);
}
