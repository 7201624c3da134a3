//! Texts and ids: a rule and the schema that describes it accept the same, and what is accepted holds
//! nothing that hides.

#![no_main]

use std::sync::LazyLock;

use app::{
    http::page::Cursor,
    invoices::{Currency, CustomerEmail, CustomerName, DueOn, InvoiceId, Memo},
    openapi,
    parse::Parse,
};
use libfuzzer_sys::fuzz_target;
use regex::Regex;
use serde_json::Value;

struct Patterns {
    name: Regex,
    email: Regex,
    memo: Regex,
    cursor: Regex,
    id: Regex,
    currencies: Vec<Value>,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let document =
        openapi::json(&app::service().about(), &app::service().routes()).expect("a document");
    let document: Value = serde_json::from_str(&document).expect("JSON");
    let schema = |name: &str| &document["components"]["schemas"][name];
    let pattern = |name: &str| {
        let pattern = schema(name)["pattern"].as_str().expect("a pattern");
        Regex::new(pattern).expect("a regular expression")
    };
    Patterns {
        name: pattern("CustomerName"),
        email: pattern("CustomerEmail"),
        memo: pattern("Memo"),
        cursor: pattern("Cursor"),
        id: pattern("InvoiceId"),
        currencies: schema("Currency")["enum"]
            .as_array()
            .expect("a list")
            .clone(),
    }
});

fuzz_target!(|text: &str| {
    let at_most = |max: usize| (1..=max).contains(&text.chars().count());
    // Beyond the basic plane the patterns say less than the rules.
    if text.chars().all(|c| u32::from(c) <= 0xFFFF) {
        let name = CustomerName::parse(text).is_ok();
        assert_eq!(name, at_most(200) && PATTERNS.name.is_match(text));
        let memo = Memo::parse(text).is_ok();
        assert_eq!(memo, at_most(1000) && PATTERNS.memo.is_match(text));
        let email = CustomerEmail::parse(text).is_ok();
        assert_eq!(email, at_most(254) && PATTERNS.email.is_match(text));
    }
    if CustomerName::parse(text).is_ok() {
        assert!(!text.chars().any(char::is_control) && !text.trim().is_empty());
    }
    let currency = PATTERNS.currencies.iter().any(|code| code == text);
    assert_eq!(Currency::parse(text).is_ok(), currency);
    if let Ok(day) = DueOn::parse(text) {
        assert_eq!(day.0.to_string(), text);
    }
    let id = text.parse::<InvoiceId>();
    assert_eq!(id.is_ok(), PATTERNS.id.is_match(text));
    assert!(id.is_ok_and(|id| id.to_string() == text) || !PATTERNS.id.is_match(text));
    let cursor = text.parse::<Cursor>();
    assert_eq!(cursor.is_ok(), PATTERNS.cursor.is_match(text));
    assert!(cursor.is_ok_and(|cursor| cursor.encode() == text) || !PATTERNS.cursor.is_match(text));
});
