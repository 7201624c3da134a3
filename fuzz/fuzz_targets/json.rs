//! A body: what the strict scan lets through is one JSON object, the same to every parser, and what
//! is refused is described without repeating it.

#![no_main]

use fixture::orders::{Buyer, Note};
use libfuzzer_sys::fuzz_target;
use platform::{
    http::{
        problem::{Problem, Violation},
        request::json,
    },
    json::{MAX_DEPTH, check},
    slice::{Member, rule},
};
use serde::Deserialize;
use serde_json::Value;
use validator::Validate;

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Order {
    #[validate(custom(function = "rule"))]
    #[serde(rename = "buyer")]
    _buyer: Member<Buyer>,
    #[validate(custom(function = "rule"))]
    note: Option<Member<Note>>,
    #[validate(nested)]
    lines: Vec<Line>,
}

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Line {
    #[validate(range(min = 1))]
    price_minor: i64,
    #[serde(rename = "kind")]
    _kind: Option<Kind>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Goods,
    Services,
}

fuzz_target!(|text: &[u8]| {
    let strict = check(text);
    if strict.is_ok() {
        let value: Value = serde_json::from_slice(text).expect("it is JSON");
        assert!(value.is_object());
        let seen = structure(text);
        assert_eq!(members(&value), seen.colons, "a member came twice");
        assert!(seen.depth <= MAX_DEPTH);
    }
    match json::parse::<Order>(text) {
        Ok(order) => {
            assert!(strict.is_ok());
            assert!(order.lines.iter().all(|line| line.price_minor >= 1));
        }
        Err(Problem::Malformed(found) | Problem::Unprocessable(found)) => {
            assert!(!found.is_empty());
            found.iter().for_each(plain);
        }
        Err(other) => panic!("{other:?}"),
    }
});

/// A pointer is short and plain, for any names that the client gives its members.
fn plain(violation: &Violation) {
    let pointer = &violation.pointer;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'/');
    assert!(
        pointer.len() <= 256 && pointer.bytes().all(plain),
        "{pointer}"
    );
}

struct Structure {
    colons: usize,
    depth: usize,
}

/// Colons and nesting outside of strings, counted without a parser.
fn structure(text: &[u8]) -> Structure {
    let (mut colons, mut depth, mut deepest) = (0, 0_usize, 0);
    let (mut quoted, mut escaped) = (false, false);
    for byte in text {
        match (quoted, byte) {
            _ if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => quoted = !quoted,
            (false, b':') => colons += 1,
            (false, b'{' | b'[') => depth += 1,
            (false, b'}' | b']') => depth -= 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    Structure {
        colons,
        depth: deepest,
    }
}

fn members(value: &Value) -> usize {
    match value {
        Value::Object(map) => map.len() + map.values().map(members).sum::<usize>(),
        Value::Array(items) => items.iter().map(members).sum(),
        _ => 0,
    }
}
