//! Texts and ids: a rule and the schema that describes it accept the same, and what is accepted holds
//! nothing that hides.

#![no_main]

use std::sync::LazyLock;

use fixture::orders::{Buyer, Email, Note, OrderId};
use libfuzzer_sys::fuzz_target;
use platform::{
    http::pagination::Cursor,
    openapi,
    parse::{Invalid, Parse},
    slice::{CalendarDate, Currency},
};
use regex::Regex;
use serde_json::Value;

struct Patterns {
    name: Regex,
    email: Regex,
    note: Regex,
    cursor: Regex,
    id: Regex,
    currencies: Vec<Value>,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let document = openapi::json(&fixture::service().about(), &fixture::service().routes())
        .expect("a document");
    let document: Value = serde_json::from_str(&document).expect("JSON");
    let schema = |name: &str| &document["components"]["schemas"][name];
    let pattern = |name: &str| {
        let pattern = schema(name)["pattern"].as_str().expect("a pattern");
        Regex::new(pattern).expect("a regular expression")
    };
    Patterns {
        name: pattern("Buyer"),
        email: pattern("Email"),
        note: pattern("Note"),
        cursor: pattern("Cursor"),
        id: pattern("Id"),
        currencies: schema("Currency")["enum"]
            .as_array()
            .expect("a list")
            .clone(),
    }
});

fn parse<T: Parse<Raw = String>>(text: &str) -> Result<T, Invalid> {
    T::parse(text.to_owned())
}

fuzz_target!(|text: &str| {
    let at_most = |max: usize| (1..=max).contains(&text.chars().count());
    // Beyond the basic plane the patterns say less than the rules.
    if text.chars().all(|c| u32::from(c) <= 0xFFFF) {
        let name = parse::<Buyer>(text).is_ok();
        assert_eq!(name, at_most(200) && PATTERNS.name.is_match(text));
        let note = parse::<Note>(text).is_ok();
        assert_eq!(note, at_most(1000) && PATTERNS.note.is_match(text));
        let email = parse::<Email>(text).is_ok();
        assert_eq!(email, at_most(254) && PATTERNS.email.is_match(text));
    }
    if parse::<Buyer>(text).is_ok() {
        assert!(!text.chars().any(char::is_control) && !text.trim().is_empty());
    }
    let currency = PATTERNS.currencies.iter().any(|code| code == text);
    assert_eq!(parse::<Currency>(text).is_ok(), currency);
    if let Ok(day) = parse::<CalendarDate>(text) {
        assert_eq!(day.get().to_string(), text);
    }
    let id = text.parse::<OrderId>();
    assert_eq!(id.is_ok(), PATTERNS.id.is_match(text));
    assert!(id.is_ok_and(|id| id.to_string() == text) || !PATTERNS.id.is_match(text));
    let cursor = text.parse::<Cursor>();
    assert_eq!(cursor.is_ok(), PATTERNS.cursor.is_match(text));
    assert!(cursor.is_ok_and(|cursor| cursor.encode() == text) || !PATTERNS.cursor.is_match(text));
});
