//! What RFC 8259 allows is read, however odd it looks: without this a service that refuses every
//! body would pass all of these tests (CONTROLS IN-07).

use serde_json::{Value, json};

use super::{and, between, invoice, post, with, with_text};
use crate::harness::Service;

#[test]
fn what_the_grammar_allows_is_read() {
    let service = Service::start();
    let alice = service.editor("alice");
    let spaced = String::from_utf8(and(b"\"memo\":null")).unwrap();
    let spaced = [
        ("{", "\t{\r\n "),
        ("}", " \n}\r\n\t "),
        (":", "\n:\t"),
        (",", " ,\r\n"),
    ]
    .iter()
    .fold(spaced, |text, (token, wide)| text.replace(token, wide));
    let escaped = r#""\u006D\u0065\u006d\u006f":"x""#;
    let cases: [(&str, Vec<u8>, Value); 16] = [
        ("as it is", invoice(), json!(null)),
        ("white space of each kind", spaced.into_bytes(), json!(null)),
        (
            "white space around",
            between(b" \t\r\n", b"\n\r\t "),
            json!(null),
        ),
        ("an escaped name", and(escaped.as_bytes()), json!("x")),
        ("null", with("memo", b"null"), json!(null)),
        (
            "the two-character escapes",
            with_text(br#"\"\\\/\n\t"#),
            json!("\"\\/\n\t"),
        ),
        (
            "escapes in either case",
            with_text(br"\u00e9\u00E9"),
            json!("éé"),
        ),
        (
            "an escaped backslash and u",
            with_text(br"\\uD800"),
            json!("\\uD800"),
        ),
        ("a pair", with_text(br"\uD83D\uDE00"), json!("😀")),
        (
            "a pair in small letters",
            with_text(br"\ud83d\ude00"),
            json!("😀"),
        ),
        (
            "the last character",
            with_text(br"\uDBFF\uDFFD"),
            json!("\u{10FFFD}"),
        ),
        (
            "two, three and four bytes",
            with_text("é€😀".as_bytes()),
            json!("é€😀"),
        ),
        (
            "around the surrogates",
            with_text(br"\uD7FF\uE000"),
            json!("\u{D7FF}\u{E000}"),
        ),
        (
            "a replacement character",
            with_text("\u{FFFD}".as_bytes()),
            json!("\u{FFFD}"),
        ),
        (
            "what looks like markup",
            with_text(b"<b>'; --"),
            json!("<b>'; --"),
        ),
        (
            "brackets in text",
            with_text(&[b'['; 1000]),
            json!("[".repeat(1000)),
        ),
    ];
    for (name, body, memo) in cases {
        let made = post(&alice, &body);
        assert_eq!(made.status, 201, "{name}: {made}");
        assert_eq!(made.json()["memo"], memo, "{name}");
        assert_eq!(made.json()["amount_minor"], 1999, "{name}");
    }
}
