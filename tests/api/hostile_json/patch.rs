//! The same for a merge patch, where `null` has a meaning and every member may be absent
//! (RFC 7396; CONTROLS IN-04…IN-07).

use std::collections::BTreeSet;

use serde_json::json;

use super::{ByteRow, MARKER, Row, each, each_bytes, verdict};
use crate::harness::{Actor, Response, Service};

fn patch(actor: &Actor, path: &str, body: &[u8]) -> Response {
    let headers = [
        ("content-type", "application/merge-patch+json"),
        ("if-match", "\"1\""),
    ];
    actor.send("PATCH", path, &headers, body)
}

#[test]
fn a_merge_patch_that_breaks_one_thing_changes_nothing() {
    let service = Service::start();
    let both = service.actor("alice", &["editor", "approver"]);
    let invoice = json!({
        "customer_name": "Ada Lovelace",
        "customer_email": "ada@example.com",
        "amount_minor": 1999,
        "currency": "EUR",
        "due_on": "2030-01-31",
    });
    let made = both.post("/v1/invoices", &invoice);
    let path = made.header("location");
    let mut cases = each("patch", PATCHES, <[u8]>::to_vec);
    cases.extend(each_bytes("patch", BYTES, <[u8]>::to_vec));
    let names: BTreeSet<_> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len(), "each case has its own name");
    assert!(cases.len() >= 79, "{} cases", cases.len());
    let wrong: Vec<_> = cases
        .iter()
        .filter_map(|case| verdict(case, &patch(&both, path, &case.body)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let read = both.get(path);
    assert_eq!((read.etag(), read.json()), (made.etag(), made.json()));
    assert!(PATCHES.iter().any(|(_, text, ..)| text.contains(MARKER)));
}

#[rustfmt::skip]
const PATCHES: &[Row] = &[
    ("nothing",                  "",                                     400, " not_json"),
    ("a space",                  " ",                                    400, " not_json"),
    ("an open object",           "{",                                    400, " not_json"),
    ("an object not closed",     r#"{"memo":"zq-7f3""#,                  400, " not_json"),
    ("a trailing comma",         r#"{"memo":"zq-7f3",}"#,                400, " not_json"),
    ("single quotes",            "{'memo':'zq-7f3'}",                    400, " not_json"),
    ("a name without quotes",    r#"{memo:"zq-7f3"}"#,                   400, " not_json"),
    ("a comment",                r#"{"memo":"zq-7f3"/**/}"#,             400, " not_json"),
    ("a document after",         r#"{"memo":"zq-7f3"}{}"#,               400, " not_json"),
    ("NUL after",                "{\"memo\":\"zq-7f3\"}\u{0}",           400, " not_json"),
    ("undefined",                r#"{"memo":undefined}"#,                400, " not_json"),
    ("half of a pair",           r#"{"memo":"\uD800"}"#,                 400, " not_json"),
    ("a leading zero",           r#"{"amount_minor":01}"#,               400, " not_json"),
    ("NaN",                      r#"{"amount_minor":NaN}"#,              400, " not_json"),
    ("beyond a double",          r#"{"amount_minor":1e400}"#,            400, " not_json"),
    // RFC 7396 lets a patch that is no object replace the whole; here it never does.
    ("null",                     "null",                                 400, " not_an_object"),
    ("a number",                 "0",                                    400, " not_an_object"),
    ("a string",                 r#""zq-7f3""#,                          400, " not_an_object"),
    ("an empty array",           "[]",                                   400, " not_an_object"),
    ("members by position",      r#"["zq-7f3"]"#,                        400, " not_an_object"),
    ("a JSON patch",             r#"[{"op":"remove","path":"/memo"}]"#,  400, " not_an_object"),
    ("an operation",             r#"{"op":"remove","path":"/memo"}"#,    400, "/op unknown_member"),
    ("an operator",              r#"{"$set":{"memo":"zq-7f3"}}"#,        400, " unknown_member"),
    ("nothing to change",        "{}",                                   422, " empty"),
    ("twice",                    r#"{"memo":"zq-7f3","memo":null}"#,     400, "/memo duplicate_member"),
    ("twice, escaped",           r#"{"memo":"x","\u006demo":"zq-7f3"}"#, 400, "/memo duplicate_member"),
    ("twice, the state",         r#"{"status":"draft","status":"void"}"#, 400, "/status duplicate_member"),
    ("twice, deeper",            r#"{"memo":{"a":{"b":1,"b":2}}}"#,      400, "/memo/a/b duplicate_member"),
    ("an owner",                 r#"{"owner":"mallory"}"#,               400, "/owner unknown_member"),
    ("an owner of null",         r#"{"owner":null}"#,                    400, "/owner unknown_member"),
    ("an id",                    r#"{"id":"zq-7f3"}"#,                   400, "/id unknown_member"),
    ("a version",                r#"{"version":9}"#,                     400, "/version unknown_member"),
    ("a time",                   r#"{"updated_at":"zq-7f3"}"#,           400, "/updated_at unknown_member"),
    ("a prototype",              r#"{"__proto__":{"memo":"zq-7f3"}}"#,   400, "/__proto__ unknown_member"),
    ("a capital",                r#"{"Memo":"zq-7f3"}"#,                 400, "/Memo unknown_member"),
    ("NUL in a name",            r#"{"memo\u0000":"zq-7f3"}"#,           400, " unknown_member"),
    ("an empty name",            r#"{"":"zq-7f3"}"#,                     400, "/ unknown_member"),
    ("no name",                  r#"{"customer_name":null}"#,            400, "/customer_name wrong_type"),
    ("no address",               r#"{"customer_email":null}"#,           400, "/customer_email wrong_type"),
    ("no amount",                r#"{"amount_minor":null}"#,             400, "/amount_minor wrong_type"),
    ("no currency",              r#"{"currency":null}"#,                 400, "/currency wrong_type"),
    ("no date",                  r#"{"due_on":null}"#,                   400, "/due_on wrong_type"),
    ("no state",                 r#"{"status":null}"#,                   400, "/status wrong_type"),
    ("a memo of members",        r#"{"memo":{"zq-7f3":null}}"#,          400, "/memo wrong_type"),
    ("a memo of none",           r#"{"memo":{}}"#,                       400, "/memo wrong_type"),
    ("a memo of items",          r#"{"memo":["zq-7f3"]}"#,               400, "/memo wrong_type"),
    ("a memo of items of null",  r#"{"memo":[null]}"#,                   400, "/memo wrong_type"),
    ("a memo of false",          r#"{"memo":false}"#,                    400, "/memo wrong_type"),
    ("an amount in quotes",      r#"{"amount_minor":"1999"}"#,           400, "/amount_minor wrong_type"),
    ("an amount and a fraction", r#"{"amount_minor":1.0}"#,              400, "/amount_minor wrong_type"),
    ("an amount in an object",   r#"{"amount_minor":{"$inc":1}}"#,       400, "/amount_minor wrong_type"),
    ("a state in an object",     r#"{"status":{"void":null}}"#,          400, "/status wrong_type"),
    ("a state of an object",     r#"{"status":{"void":{}}}"#,            400, "/status wrong_type"),
    ("an unknown state in an object", r#"{"status":{"zq-7f3":null}}"#,   400, "/status wrong_type"),
    ("a state in an array",      r#"{"status":["void"]}"#,               400, "/status wrong_type"),
    ("a state by number",        r#"{"status":3}"#,                      400, "/status wrong_type"),
    ("a state of true",          r#"{"status":true}"#,                   400, "/status wrong_type"),
    ("an unknown state",         r#"{"status":"zq-7f3"}"#,               400, "/status unknown_value"),
    ("a state with a capital",   r#"{"status":"Void"}"#,                 400, "/status unknown_value"),
    ("a state and a space",      r#"{"status":"void "}"#,                400, "/status unknown_value"),
    ("a state and NUL",          r#"{"status":"void\u0000"}"#,           400, "/status unknown_value"),
    ("a state by its number",    r#"{"status":"3"}"#,                    400, "/status unknown_value"),
    ("no word for a state",      r#"{"status":""}"#,                     400, "/status unknown_value"),
    ("a shape before a rule",    r#"{"memo":"","status":0}"#,            400, "/status wrong_type"),
    ("an empty memo",            r#"{"memo":""}"#,                       422, "/memo blank"),
    ("NUL in a memo",            r#"{"memo":"zq-7f3\u0000"}"#,           422, "/memo forbidden_character"),
    ("an override in a memo",    r#"{"memo":"zq-7f3\u202E"}"#,           422, "/memo forbidden_character"),
    ("a line feed in a name",    r#"{"customer_name":"zq-7f3\n"}"#,      422, "/customer_name forbidden_character"),
    ("no address as it is due",  r#"{"customer_email":"zq-7f3"}"#,       422, "/customer_email not_an_email_address"),
    ("an amount of zero",        r#"{"amount_minor":0}"#,                422, "/amount_minor out_of_range"),
    ("small letters",            r#"{"currency":"usd"}"#,                422, "/currency unknown_currency"),
    ("no such day",              r#"{"due_on":"2030-02-30"}"#,           422, "/due_on not_a_date"),
];

#[rustfmt::skip]
const BYTES: &[ByteRow] = &[
    ("a byte order mark",        b"\xEF\xBB\xBF{\"memo\":\"zq-7f3\"}",   400, " not_json"),
    ("UTF-16LE",                 b"{\0}\0",                              400, " not_json"),
    ("UTF-16BE with its mark",   b"\xFE\xFF\0{\0}",                      400, " not_json"),
    ("an overlong quote",        b"{\"memo\":\"zq-7f3\xC0\xA2}",         400, " not_json"),
    ("a surrogate",              b"{\"memo\":\"\xED\xA0\x80\"}",         400, " not_json"),
    ("a Latin-1 letter",         b"{\"memo\":\"\xE9\"}",                 400, " not_json"),
    ("FF in a name",             b"{\"mem\xFFo\":\"zq-7f3\"}",           400, " not_json"),
];
