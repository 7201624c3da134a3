//! Names: twice in any spelling, unknown in any spelling, absent. What two readers could take for
//! different objects is read as none (CONTROLS IN-05, IN-06; API3:2023).

use super::{Case, MEMBERS, Row, and, case, each};

pub fn cases() -> Vec<Case> {
    let name = |name: &[u8]| and(&[b"\"", name, b"\":\"x\""].concat());
    let missing = (0..MEMBERS.len()).map(|left_out| {
        let mut members = MEMBERS.to_vec();
        let (name, _) = members.remove(left_out);
        let members = members
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"));
        let body = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
        let error = format!("/{name} missing_member");
        case(&format!("missing: {name}"), body, 400, &error)
    });
    [
        each("twice", DUPLICATES, and),
        each("unknown", UNKNOWN, name),
        missing.collect(),
    ]
    .concat()
}

/// After the five members of an invoice.
#[rustfmt::skip]
const DUPLICATES: &[Row] = &[
    ("with another value",         r#""currency":"USD""#,                 400, "/currency duplicate_member"),
    ("with the same value",        r#""currency":"EUR""#,                 400, "/currency duplicate_member"),
    ("with null",                  r#""currency":null"#,                  400, "/currency duplicate_member"),
    ("with another type",          r#""currency":{}"#,                    400, "/currency duplicate_member"),
    ("with an escaped letter",     r#""\u0063urrency":"USD""#,            400, "/currency duplicate_member"),
    ("with another escaped letter", r#""currenc\u0079":"USD""#,           400, "/currency duplicate_member"),
    ("with an escaped underscore", r#""due\u005fon":"2030-02-01""#,       400, "/due_on duplicate_member"),
    ("with an escape in capitals", r#""due\u005Fon":"2030-02-01""#,       400, "/due_on duplicate_member"),
    ("all escaped",                r#""\u0064\u0075\u0065\u005f\u006f\u006e":"2030-02-01""#, 400, "/due_on duplicate_member"),
    ("both of them new",           r#""memo":"x","memo":"y""#,            400, "/memo duplicate_member"),
    ("null, then text",            r#""memo":null,"memo":"x""#,           400, "/memo duplicate_member"),
    ("text, then null",            r#""memo":"x","memo":null"#,           400, "/memo duplicate_member"),
    ("null and null",              r#""memo":null,"memo":null"#,          400, "/memo duplicate_member"),
    ("three times",                r#""memo":"x","memo":"x","memo":"x""#, 400, "/memo duplicate_member"),
    ("apart",                      r#""memo":"x","zq":1,"memo":"x""#,     400, "/memo duplicate_member"),
    ("before the end breaks",      r#""memo":"x","memo":"x","#,           400, "/memo duplicate_member"),
    ("unknown",                    r#""zq":1,"zq":2"#,                    400, "/zq duplicate_member"),
    ("empty",                      r#""":1,"":2"#,                        400, "/ duplicate_member"),
    ("not a plain word",           r#""<zq-7f3>":1,"<zq-7f3>":2"#,        400, " duplicate_member"),
    ("a slash, plain and escaped", r#""a/b":1,"a\/b":2"#,                 400, " duplicate_member"),
    ("NUL in it",                  r#""a\u0000":1,"a\u0000":2"#,          400, " duplicate_member"),
    ("an emoji, raw and escaped",  "\"\u{1F600}\":1,\"\\uD83D\\uDE00\":2", 400, " duplicate_member"),
    ("a quote, in two escapes",    r#""\"":1,"\u0022":2"#,                400, " duplicate_member"),
    ("in an object",               r#""memo":{"a":1,"a":2}"#,             400, "/memo/a duplicate_member"),
    ("in an object, escaped",      r#""memo":{"a":1,"\u0061":2}"#,        400, "/memo/a duplicate_member"),
    ("in an object's object",      r#""memo":{"a":{"b":{"c":1,"c":1}}}"#, 400, "/memo/a/b/c duplicate_member"),
    ("in an item",                 r#""memo":[{"a":1,"a":2}]"#,           400, "/memo/0/a duplicate_member"),
    ("in a later item",            r#""memo":[{"a":1},[],{"a":1,"a":2}]"#, 400, "/memo/2/a duplicate_member"),
    ("in an item's item",          r#""memo":[[0,{"a":1,"a":2}]]"#,       400, "/memo/0/1/a duplicate_member"),
    ("under a name that is cut",   r#""memo":{"<zq-7f3>":{"a":1,"a":2}}"#, 400, "/memo duplicate_member"),
    ("empty, deeper",              r#""memo":{"":{"":1,"":2}}"#,          400, "/memo// duplicate_member"),
    ("deeper than a pointer shows", r#""memo":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{"i":1,"i":1}}}}}}}}"#, 400, "/memo/b/c/d/e/f/g/h duplicate_member"),
    ("__proto__",                  r#""__proto__":{},"__proto__":{}"#,    400, "/__proto__ duplicate_member"),
];

/// The name of one more member. A name that is no plain word is not repeated.
#[rustfmt::skip]
const UNKNOWN: &[Row] = &[
    ("owner",                      "owner",                  400, "/owner unknown_member"),
    ("id",                         "id",                     400, "/id unknown_member"),
    ("status",                     "status",                 400, "/status unknown_member"),
    ("version",                    "version",                400, "/version unknown_member"),
    ("created_at",                 "created_at",             400, "/created_at unknown_member"),
    ("updated_at",                 "updated_at",             400, "/updated_at unknown_member"),
    ("owner_issuer",               "owner_issuer",           400, "/owner_issuer unknown_member"),
    ("role",                       "role",                   400, "/role unknown_member"),
    ("is_admin",                   "is_admin",               400, "/is_admin unknown_member"),
    ("__proto__",                  "__proto__",              400, "/__proto__ unknown_member"),
    ("__proto__, escaped",         r"\u005f_proto__",        400, "/__proto__ unknown_member"),
    ("constructor",                "constructor",            400, "/constructor unknown_member"),
    ("prototype",                  "prototype",              400, "/prototype unknown_member"),
    ("toString",                   "toString",               400, "/toString unknown_member"),
    ("a Python class",             "__class__",              400, "/__class__ unknown_member"),
    ("a number",                   "0",                      400, "/0 unknown_member"),
    ("the word null",              "null",                   400, "/null unknown_member"),
    ("nothing",                    "",                       400, "/ unknown_member"),
    ("memo with a capital",        "Memo",                   400, "/Memo unknown_member"),
    ("memo in capitals",           "MEMO",                   400, "/MEMO unknown_member"),
    ("memo with a digit",          "mem0",                   400, "/mem0 unknown_member"),
    ("customer_name in camel case", "customerName",          400, "/customerName unknown_member"),
    ("customer_name with hyphens", "customer-name",          400, " unknown_member"),
    ("customer_name with a point", "customer.name",          400, " unknown_member"),
    ("customer_name as an array",  "customer_name[]",        400, " unknown_member"),
    ("memo and a space",           "memo ",                  400, " unknown_member"),
    ("a space and memo",           " memo",                  400, " unknown_member"),
    ("memo and a tab",             r"memo\t",                400, " unknown_member"),
    ("memo and NUL",               r"memo\u0000",            400, " unknown_member"),
    ("NUL and memo",               r"\u0000memo",            400, " unknown_member"),
    ("memo, NUL, more",            r"memo\u0000zq-7f3",      400, " unknown_member"),
    ("NUL",                        r"\u0000",                400, " unknown_member"),
    ("memo and a raw delete",      "memo\u{7F}",             400, " unknown_member"),
    ("memo, fullwidth",            "\u{FF4D}\u{FF45}\u{FF4D}\u{FF4F}", 400, " unknown_member"),
    ("memo with a Cyrillic letter", "m\u{435}mo",            400, " unknown_member"),
    ("memo with a Greek letter",   "mem\u{3BF}",             400, " unknown_member"),
    ("memo with an accent",        "memo\u{301}",            400, " unknown_member"),
    ("memo with a soft hyphen",    "me\u{AD}mo",             400, " unknown_member"),
    ("memo with a joiner",         "me\u{200D}mo",           400, " unknown_member"),
    ("memo with a mark before",    "\u{FEFF}memo",           400, " unknown_member"),
    ("memo turned around",         "\u{202E}omem",           400, " unknown_member"),
    ("memo in bold",               "\u{1D426}\u{1D41E}\u{1D426}\u{1D428}", 400, " unknown_member"),
    ("a long s in status",         "\u{17F}tatus",           400, " unknown_member"),
    ("memo in escaped escapes",    r"\\u006demo",            400, " unknown_member"),
    ("memo, percent-encoded",      "%6Demo",                 400, " unknown_member"),
    ("memo in quotes",             r#"\"memo\""#,            400, " unknown_member"),
    ("an operator",                "$where",                 400, " unknown_member"),
    ("a reference",                "$ref",                   400, " unknown_member"),
    ("a type",                     "@type",                  400, " unknown_member"),
    ("a wildcard",                 "*",                      400, " unknown_member"),
    ("a path upwards",             "../memo",                400, " unknown_member"),
    ("a pointer",                  "/memo",                  400, " unknown_member"),
    ("an escaped pointer",         "~1memo",                 400, " unknown_member"),
    ("markup",                     "<zq-7f3>",               400, " unknown_member"),
    ("a statement",                "memo'--",                400, " unknown_member"),
    ("a look-up",                  "${jndi:zq-7f3}",         400, " unknown_member"),
    ("a line feed",                r"\n",                    400, " unknown_member"),
    ("a parser's own number",      "$serde_json::private::Number", 400, " unknown_member"),
    ("a parser's own raw value",   "$serde_json::private::RawValue", 400, " unknown_member"),
];
