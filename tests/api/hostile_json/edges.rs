//! The edges: depth 32, 256 members or items, the body limit; and far beyond each of them, where a
//! parser would overflow its stack or not come back (CONTROLS IN-09; CWE-674, CWE-400).

use super::{Case, and, case, invoice, post, refused, verdict, with, with_text};
use crate::harness::Service;

/// The default of `public.limits.body_bytes`.
const LIMIT: usize = 65_536;

pub fn cases() -> Vec<Case> {
    [depth(), count(), length(), size()].concat()
}

fn arrays(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

fn objects(depth: usize) -> String {
    r#"{"a":"#.repeat(depth) + "0" + &"}".repeat(depth)
}

/// The document is level 1, so a memo of 31 levels is the deepest.
#[rustfmt::skip]
fn depth() -> Vec<Case> {
    let memo = |value: String| with("memo", value.as_bytes());
    let items = "/memo/0/0/0/0/0/0/0 too_deep";
    let members = "/memo/a/a/a/a/a/a/a too_deep";
    let mixed = r#"[{"a":"#.repeat(16) + "0" + &"}]".repeat(16);
    vec![
        case("32 levels, arrays", memo(arrays(31)), 400, "/memo wrong_type"),
        case("33 levels, arrays", memo(arrays(32)), 400, items),
        case("1000 levels, arrays", memo(arrays(1000)), 400, items),
        case("30000 levels, arrays", memo(arrays(30_000)), 400, items),
        case("32 levels, objects", memo(objects(31)), 400, "/memo wrong_type"),
        case("33 levels, objects", memo(objects(32)), 400, members),
        case("1000 levels, objects", memo(objects(1000)), 400, members),
        case("33 levels, both", memo(mixed), 400, "/memo/0/a/0/a/0/a/0 too_deep"),
        case("60000 arrays opened", memo("[".repeat(60_000)), 400, items),
        case("60000 objects opened", memo("{".repeat(60_000)), 400, " not_json"),
        case("10000 objects opened by name", objects(10_000), 400, "/a/a/a/a/a/a/a/a too_deep"),
        case("60000 arrays for a document", "[".repeat(60_000), 400, " not_an_object"),
    ]
}

#[rustfmt::skip]
fn count() -> Vec<Case> {
    let items = |count: usize| with("memo", format!("[{}]", vec!["0"; count].join(",")).as_bytes());
    let list = |count: usize| {
        let members: Vec<_> = (0..count).map(|n| format!("\"n{n}\":0")).collect();
        members.join(",")
    };
    let members = |count: usize| with("memo", format!("{{{}}}", list(count)).as_bytes());
    // Five members of the document are the invoice's own.
    let top = |count: usize| and(list(count - 5).as_bytes());
    vec![
        case("256 items", items(256), 400, "/memo wrong_type"),
        case("257 items", items(257), 400, "/memo too_many_members"),
        case("30000 items", items(30_000), 400, "/memo too_many_members"),
        case("256 members", members(256), 400, "/memo wrong_type"),
        case("257 members", members(257), 400, "/memo too_many_members"),
        case("5000 members", members(5000), 400, "/memo too_many_members"),
        case("256 members of the document", top(256), 400, "/n0 unknown_member"),
        case("257 members of the document", top(257), 400, " too_many_members"),
    ]
}

#[rustfmt::skip]
fn length() -> Vec<Case> {
    let text = |member: &str, text: &str| with(member, format!("\"{text}\"").as_bytes());
    let named = |name: &str| and(format!("\"{name}\":0").as_bytes());
    let number = |number: String| with("amount_minor", number.as_bytes());
    let shown = format!("/{} unknown_member", "n".repeat(64));
    // A pointer has 256 characters at the most: "/memo", three names of 64, and one of 55.
    let (long, three) = ("n".repeat(64), format!("/{}", "n".repeat(64)).repeat(3));
    let deep = |last: usize| {
        let twice = format!("{{\"{0}\":1,\"{0}\":1}}", "a".repeat(last));
        with("memo", format!("{{\"{long}\":{{\"{long}\":{{\"{long}\":{twice}}}}}}}").as_bytes())
    };
    let whole = format!("/memo{three}/{} duplicate_member", "a".repeat(55));
    let cut = format!("/memo{three} duplicate_member");
    vec![
        case("a name of 201", text("customer_name", &"x".repeat(201)), 422, "/customer_name too_long"),
        case("a name of 201 escapes", text("customer_name", &r"\u0078".repeat(201)), 422, "/customer_name too_long"),
        case("a name of 201 emoji", text("customer_name", &"\u{1F600}".repeat(201)), 422, "/customer_name too_long"),
        case("a name of 60000", text("customer_name", &"x".repeat(60_000)), 422, "/customer_name too_long"),
        case("an address of 255", text("customer_email", &format!("{}@example.com", "x".repeat(243))), 422, "/customer_email too_long"),
        case("an address of 60000 signs", text("customer_email", &"@".repeat(60_000)), 422, "/customer_email too_long"),
        case("a memo of 1001", with_text(&[b'x'; 1001]), 422, "/memo too_long"),
        case("a memo of 1001 line feeds", with_text(r"\n".repeat(1001).as_bytes()), 422, "/memo too_long"),
        case("a memo of 60000", with_text(&[b'x'; 60_000]), 422, "/memo too_long"),
        case("a currency of 60000", text("currency", &"E".repeat(60_000)), 422, "/currency unknown_currency"),
        case("a date of 60000", text("due_on", &"2".repeat(60_000)), 422, "/due_on not_a_date"),
        case("20000 letters with accents", with_text("e\u{301}".repeat(20_000).as_bytes()), 422, "/memo too_long"),
        case("a member's name of 64", named(&"n".repeat(64)), 400, &shown),
        case("a member's name of 65", named(&"n".repeat(65)), 400, " unknown_member"),
        case("a member's name of 60000", named(&"n".repeat(60_000)), 400, " unknown_member"),
        case("a pointer of 256", deep(55), 400, &whole),
        case("a pointer of 257", deep(56), 400, &cut),
        case("a number of 60000 digits", number("9".repeat(60_000)), 400, " not_json"),
        case("a number of 60000 zeros", number("0".repeat(60_000)), 400, " not_json"),
        case("a fraction of 60000 digits", number("1.".to_owned() + &"9".repeat(60_000)), 400, "/amount_minor wrong_type"),
        case("an exponent of 60000 digits", number("1e".to_owned() + &"9".repeat(60_000)), 400, " not_json"),
        case("60000 spaces", " ".repeat(60_000), 400, " not_json"),
        case("60000 quotes", "\"".repeat(60_000), 400, " not_an_object"),
        case("60000 backslashes, not closed", with("memo", ("\"".to_owned() + &"\\".repeat(60_000)).as_bytes()), 400, " not_json"),
        case("60000 NUL", vec![0; 60_000], 400, " not_json"),
        case("60000 FF", vec![0xFF; 60_000], 400, " not_json"),
    ]
}

/// An unknown member, then spaces up to this many bytes.
fn padded(bytes: usize) -> Vec<u8> {
    let mut body = and(b"\"zq\":1");
    body.resize(bytes, b' ');
    body
}

#[rustfmt::skip]
fn size() -> Vec<Case> {
    vec![
        case("a byte below the limit", padded(LIMIT - 1), 400, "/zq unknown_member"),
        case("at the limit", padded(LIMIT), 400, "/zq unknown_member"),
        case("a byte above the limit", padded(LIMIT + 1), 413, ""),
        case("an invoice above the limit", [invoice(), vec![b' '; LIMIT]].concat(), 413, ""),
        case("above the limit and no JSON", vec![b'x'; LIMIT + 1], 413, ""),
    ]
}

#[test]
fn a_hundred_thousand_levels_are_refused_where_the_limit_lets_them_in() {
    let service = Service::with(&[("APP_PUBLIC__LIMITS__BODY_BYTES", "1048576")]);
    let items = "/memo/0/0/0/0/0/0/0 too_deep";
    let members = "/memo/a/a/a/a/a/a/a too_deep";
    let nulls = format!("[{}]", vec!["null"; 200_000].join(","));
    refused(
        &service,
        &[
            case(
                "arrays",
                with("memo", arrays(100_000).as_bytes()),
                400,
                items,
            ),
            case(
                "objects",
                with("memo", objects(100_000).as_bytes()),
                400,
                members,
            ),
            case(
                "a million arrays opened",
                with("memo", &vec![b'['; 1_000_000]),
                400,
                items,
            ),
            case(
                "a million digits",
                with("amount_minor", &vec![b'9'; 1_000_000]),
                400,
                " not_json",
            ),
            case(
                "a million characters",
                with_text(&vec![b'x'; 1_000_000]),
                422,
                "/memo too_long",
            ),
            case(
                "200000 items",
                with("memo", nulls.as_bytes()),
                400,
                "/memo too_many_members",
            ),
        ],
    );
}

#[test]
fn the_limit_is_what_the_body_is_in_bytes() {
    let service = Service::with(&[("APP_PUBLIC__LIMITS__BODY_BYTES", "1024")]);
    let alice = service.editor("alice");
    // 300 characters of four bytes are above the limit, 1000 of one are not.
    let wide = with_text("\u{1F600}".repeat(300).as_bytes());
    let wide = case("wide", wide, 413, "");
    assert_eq!(verdict(&wide, &post(&alice, &wide.body)), None);
    let mut full = invoice();
    full.resize(1024, b' ');
    assert_eq!(post(&alice, &full).status, 201);
    full.push(b' ');
    assert_eq!(post(&alice, &full).status, 413);
}
