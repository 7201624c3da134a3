//! JSON without a fault that is no invoice: other types, positions for names, wrappings, and text
//! that breaks the rule of its member (CONTROLS IN-02, IN-04; serde-rs/serde#1587).

use super::{Case, Row, case, each, invoice, with};

pub fn cases() -> Vec<Case> {
    let invoice = String::from_utf8(invoice()).unwrap();
    let twice = serde_json::to_string(&invoice).unwrap();
    let wrapped = format!(r#"{{"invoice":{invoice}}}"#);
    let scalars = [
        "customer_name",
        "customer_email",
        "amount_minor",
        "currency",
        "due_on",
        "memo",
    ];
    let wrong = scalars.iter().flat_map(|member| {
        let values = WRONG.iter().filter(|value| !fits(member, value));
        values.map(move |value| {
            let error = format!("/{member} wrong_type");
            case(
                &format!("{member} = {value}"),
                with(member, value.as_bytes()),
                400,
                &error,
            )
        })
    });
    let quoted =
        |member: &'static str| move |text: &[u8]| with(member, &[b"\"", text, b"\""].concat());
    [
        each("shape", DOCUMENTS, <[u8]>::to_vec),
        vec![
            case("encoded twice", twice, 400, " not_an_object"),
            case("in an envelope", wrapped, 400, "/invoice unknown_member"),
        ],
        wrong.collect(),
        each("email", EMAILS, quoted("customer_email")),
        each("currency", CURRENCIES, quoted("currency")),
        each("date", DATES, quoted("due_on")),
    ]
    .concat()
}

#[rustfmt::skip]
const DOCUMENTS: &[Row] = &[
    ("null",                      "null",                 400, " not_an_object"),
    ("true",                      "true",                 400, " not_an_object"),
    ("false",                     "false",                400, " not_an_object"),
    ("a number",                  "0",                    400, " not_an_object"),
    ("a negative number",         "-1",                   400, " not_an_object"),
    ("a fraction",                "0.5",                  400, " not_an_object"),
    ("a string",                  r#""zq-7f3""#,          400, " not_an_object"),
    ("an empty string",           r#""""#,                400, " not_an_object"),
    ("an empty array",            "[]",                   400, " not_an_object"),
    ("an array of an object",     "[{}]",                 400, " not_an_object"),
    ("an array of pairs",         r#"[["memo","x"]]"#,    400, " not_an_object"),
    ("members by position",       r#"["zq-7f3","ada@example.com",1999,"EUR","2030-01-31"]"#, 400, " not_an_object"),
    ("members by position, all",  r#"["zq-7f3","ada@example.com",1999,"EUR","2030-01-31",null]"#, 400, " not_an_object"),
    ("members by number",         r#"{"0":"zq-7f3","1":"ada@example.com"}"#, 400, "/0 unknown_member"),
    ("an empty object",           "{}",                   400, "/customer_name missing_member"),
    ("a parser's own raw value",  r#"{"$serde_json::private::RawValue":"{}"}"#, 400, " unknown_member"),
];

/// Each is of the wrong type for every member, but for those that `fits` names.
const WRONG: [&str; 14] = [
    "null",
    "true",
    "false",
    "0.5",
    "1999",
    r#""zq""#,
    "[]",
    r#"["zq-7f3"]"#,
    "[1999]",
    "{}",
    r#"{"zq-7f3":"zq-7f3"}"#,
    r#"{"$numberLong":"1999"}"#,
    r#"{"$serde_json::private::Number":"1999"}"#,
    r#"{"$serde_json::private::RawValue":"\"x\""}"#,
];

fn fits(member: &str, value: &str) -> bool {
    match value {
        "null" => member == "memo",
        "1999" => member == "amount_minor",
        r#""zq""# => member != "amount_minor",
        _ => false,
    }
}

#[rustfmt::skip]
const EMAILS: &[Row] = &[
    ("no sign",                   "zq-7f3",                  422, "/customer_email not_an_email_address"),
    ("nothing before the sign",   "@example.com",            422, "/customer_email not_an_email_address"),
    ("nothing after the sign",    "zq-7f3@",                 422, "/customer_email not_an_email_address"),
    ("two signs",                 "zq-7f3@b@example.com",    422, "/customer_email not_an_email_address"),
    ("two addresses",             "zq-7f3@example.com,b@example.com", 422, "/customer_email not_an_email_address"),
    ("angle brackets",            "<zq-7f3@example.com>",    422, "/customer_email not_an_email_address"),
    ("a link",                    "mailto:zq-7f3@example.com", 422, "/customer_email not_an_email_address"),
    ("a space",                   "zq-7f3@exam ple.com",     422, "/customer_email not_an_email_address"),
    ("a space after",             "zq-7f3@example.com ",     422, "/customer_email not_an_email_address"),
    ("an empty label",            "zq-7f3@example..com",     422, "/customer_email not_an_email_address"),
    ("a hyphen before a label",   "zq-7f3@-example.com",     422, "/customer_email not_an_email_address"),
    ("a Cyrillic letter",         "zq-7f3\u{430}@example.com", 422, "/customer_email not_an_email_address"),
    ("a fullwidth sign",          "zq-7f3\u{FF20}example.com", 422, "/customer_email not_an_email_address"),
    ("a header",                  r"zq-7f3@example.com\r\nBcc: b@example.com", 422, "/customer_email forbidden_character"),
    ("NUL",                       r"zq-7f3@example.com\u0000", 422, "/customer_email forbidden_character"),
    ("nothing",                   "",                        422, "/customer_email blank"),
];

#[rustfmt::skip]
const CURRENCIES: &[Row] = &[
    ("nothing",                   "",                        422, "/currency unknown_currency"),
    ("small letters",             "eur",                     422, "/currency unknown_currency"),
    ("a number",                  "978",                     422, "/currency unknown_currency"),
    ("a sign",                    "\u{20AC}",                422, "/currency unknown_currency"),
    ("a space after",             "EUR ",                    422, "/currency unknown_currency"),
    ("a line feed after",         r"EUR\n",                  422, "/currency unknown_currency"),
    ("NUL after",                 r"EUR\u0000",              422, "/currency unknown_currency"),
    ("fullwidth letters",         "\u{FF25}\u{FF35}\u{FF32}", 422, "/currency unknown_currency"),
    ("a Cyrillic letter",         "\u{415}UR",               422, "/currency unknown_currency"),
    ("two of them",               "EUR,USD",                 422, "/currency unknown_currency"),
    ("none",                      "XXX",                     422, "/currency unknown_currency"),
    ("for tests",                 "XTS",                     422, "/currency unknown_currency"),
];

#[rustfmt::skip]
const DATES: &[Row] = &[
    ("nothing",                   "",                        422, "/due_on not_a_date"),
    ("a word",                    "zq-7f3",                  422, "/due_on not_a_date"),
    ("no such day",               "2030-02-30",              422, "/due_on not_a_date"),
    ("no leap year",              "2100-02-29",              422, "/due_on not_a_date"),
    ("no such month",             "2030-13-01",              422, "/due_on not_a_date"),
    ("month zero",                "2030-00-10",              422, "/due_on not_a_date"),
    ("day zero",                  "2030-01-00",              422, "/due_on not_a_date"),
    ("all zero",                  "0000-00-00",              422, "/due_on not_a_date"),
    ("no leading zero",           "2030-1-31",               422, "/due_on not_a_date"),
    ("slashes",                   "2030/01/31",              422, "/due_on not_a_date"),
    ("points",                    "31.01.2030",              422, "/due_on not_a_date"),
    ("no separators",             "20300131",                422, "/due_on not_a_date"),
    ("a week",                    "2030-W05-4",              422, "/due_on not_a_date"),
    ("a time",                    "2030-01-31T00:00:00Z",    422, "/due_on not_a_date"),
    ("a plus",                    "+2030-01-1",              422, "/due_on not_a_date"),
    ("a minus",                   "-203-01-01",              422, "/due_on not_a_date"),
    ("a space before",            " 2030-1-31",              422, "/due_on not_a_date"),
    ("NUL after",                 r"2030-01-3\u0000",        422, "/due_on not_a_date"),
    ("fullwidth digits",          "203\u{FF10}-1-31",        422, "/due_on not_a_date"),
    ("Arabic digits",             "\u{662}\u{660}30-1-1",    422, "/due_on not_a_date"),
    ("too early",                 "1999-12-31",              422, "/due_on out_of_range"),
    ("the first year",            "0001-01-01",              422, "/due_on out_of_range"),
    ("too late",                  "2200-01-01",              422, "/due_on out_of_range"),
    ("the last year",             "9999-12-31",              422, "/due_on out_of_range"),
];
