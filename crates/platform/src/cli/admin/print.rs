//! What an operator reads: a line for what was done, a table for what there is, and a problem in words.
//!
//! Names in an answer were chosen by callers. A control character in one would write on the operator's
//! screen what it likes, so none is printed.

use serde_json::Value;
use ureq::http::StatusCode;

use super::client::{Answer, Call, Method};
use crate::cli::{refused::Refused, table::aligned};

/// Column and where its cell is in an item.
type Columns<const COLUMNS: usize> = [(&'static str, &'static str); COLUMNS];

const RESTRICTIONS: Columns<9> = [
    ("ID", "/id"),
    ("ACTION", "/action"),
    ("TARGET", "/target"),
    ("NAME", "/name"),
    ("UNTIL", "/expires_at"),
    ("HITS", "/hits"),
    ("AUTHOR", "/author"),
    ("TICKET", "/ticket"),
    ("REASON", "/reason"),
];
const REVOCATIONS: Columns<7> = [
    ("ID", "/id"),
    ("TARGET", "/target"),
    ("NAME", "/name"),
    ("ISSUED BEFORE", "/issued_before"),
    ("AUTHOR", "/author"),
    ("TICKET", "/ticket"),
    ("REASON", "/reason"),
];
const API_KEYS: Columns<6> = [
    ("ID", "/id"),
    ("OWNER", "/owner"),
    ("NAME", "/name"),
    ("EXPIRES", "/expires_at"),
    ("LAST USED", "/last_used_at"),
    ("PERMISSIONS", "/permissions"),
];

/// A success in words.
pub(super) fn answer(call: &Call, answer: &Answer) -> serde_json::Result<String> {
    let collection = call.path.trim_start_matches("/v1/");
    let collection = collection.split(['/', '?']).next().unwrap_or_default();
    if call.method == Method::Delete {
        let id = call.path.rsplit('/').next().unwrap_or_default();
        let done = if collection == "restrictions" {
            "lifted"
        } else {
            "revoked"
        };
        return Ok(format!("{id}  {done}\n"));
    }
    let body: Value = serde_json::from_str(&answer.body)?;
    if matches!(call.method, Method::Post(_)) {
        return Ok(made(&body));
    }
    let mut text = match collection {
        "restrictions" => table(&body, RESTRICTIONS),
        "revocations" => table(&body, REVOCATIONS),
        _ => table(&body, API_KEYS),
    };
    let next = cell(&body, "/next_cursor");
    if next != "-" {
        text.extend(["There are more: --cursor ", &next, "\n"]);
    }
    Ok(text)
}

/// `0199…  block subject mallory of https://id.example.com until 2026-11-26T14:00:00Z`: the id comes first,
/// because it is what the next command needs.
fn made(body: &Value) -> String {
    let cell = |pointer| cell(body, pointer);
    let action = body
        .get("action")
        .map_or("revoked".to_owned(), |_| cell("/action"));
    let mut line = format!("{}  {action} {}", cell("/id"), cell("/target"));
    for (words, pointer) in [
        (" ", "/name"),
        (" of ", "/issuer"),
        (" until ", "/expires_at"),
    ] {
        let cell = cell(pointer);
        if cell != "-" {
            line.extend([words, &cell]);
        }
    }
    line + "\n"
}

fn table<const COLUMNS: usize>(body: &Value, columns: Columns<COLUMNS>) -> String {
    let mut lines = vec![columns.map(|(heading, _)| heading.to_owned())];
    let items = body.get("items").and_then(Value::as_array);
    for item in items.into_iter().flatten() {
        lines.push(columns.map(|(_, pointer)| cell(item, pointer)));
    }
    aligned(&lines)
}

fn cell(item: &Value, pointer: &str) -> String {
    let text = match item.pointer(pointer) {
        None | Some(Value::Null) => return "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(texts)) => {
            let texts: Vec<_> = texts.iter().filter_map(Value::as_str).collect();
            texts.join(" ")
        }
        Some(other) => other.to_string(),
    };
    printable(&text)
}

/// No control character, and none that turns the direction of a line.
fn printable(text: &str) -> String {
    let shown = |c: char| match c {
        c if c.is_control() => '\u{fffd}',
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}

/// A refusal in words: what the listener said of it, and where the journal has it.
pub(super) fn problem(call: &Call, answer: &Answer) -> Refused {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let said = |pointer| cell(&body, pointer);
    let mut lines = vec![format!(
        "{}: {}. {}",
        answer.status.as_u16(),
        said("/title"),
        said("/detail")
    )];
    let errors = body.get("errors").and_then(Value::as_array);
    for error in errors.into_iter().flatten() {
        lines.push(format!(
            "{}: {}",
            cell(error, "/pointer"),
            cell(error, "/code")
        ));
    }
    if call.method == Method::Delete && answer.status == StatusCode::NOT_FOUND {
        lines.push(
            "nothing has this id now: it was lifted or revoked before, or has ended".to_owned(),
        );
    }
    let request = said("/instance");
    let request = request.trim_start_matches("urn:uuid:");
    lines.push(format!("request {request}"));
    lines.into_iter().collect()
}
