//! Properties of reading a query string, whatever it is.
//!
//! Controls: IN-07

use std::fmt::Write;

use proptest::prelude::*;
use serde::Deserialize;
use validator::Validate;

use super::{MAX_PAIRS, Problem, parse};

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Search {
    text: Option<String>,
    limit: Option<u32>,
}

/// Pointer and code of a refusal, which is never about a rule here.
fn refused(raw: &str) -> Option<(String, &'static str)> {
    match parse::<Search>(raw) {
        Ok(_) => None,
        Err(Problem::Malformed(found)) => {
            let first = found.into_iter().next().unwrap();
            Some((first.pointer, first.code))
        }
        Err(problem) => panic!("{problem:?} for {raw:?}"),
    }
}

fn encoded(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "%{byte:02X}").unwrap();
        text
    })
}

/// A name, with those characters encoded for which there is a `true`.
fn spelt(name: &str, which: &[bool]) -> String {
    let letters = name
        .bytes()
        .zip(which.iter().chain(std::iter::repeat(&false)));
    let letters = letters.map(|(letter, encode)| {
        if *encode {
            encoded(&[letter])
        } else {
            char::from(letter).to_string()
        }
    });
    letters.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn any_query_is_read_or_refused_with_a_plain_pointer(raw in r"[&=%+a-z0-9\[\]\PC]{0,40}") {
        if let Some((pointer, _)) = refused(&raw) {
            let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'/';
            prop_assert!(pointer.len() <= 256 && pointer.bytes().all(allowed), "{}", pointer);
        }
    }

    #[test]
    fn text_comes_back_as_it_was_encoded(text: String, limit: u32) {
        let raw = format!("text={}&limit={limit}", encoded(text.as_bytes()));
        let read = parse::<Search>(&raw).unwrap();
        prop_assert_eq!((read.text, read.limit), (Some(text), Some(limit)));
    }

    #[test]
    fn a_plus_is_a_space_and_an_encoded_one_a_plus(words in prop::collection::vec("[a-z]{1,4}", 1..5)) {
        let spaces = parse::<Search>(&format!("text={}", words.join("+"))).unwrap();
        prop_assert_eq!(spaces.text, Some(words.join(" ")));
        let pluses = parse::<Search>(&format!("text={}", words.join("%2B"))).unwrap();
        prop_assert_eq!(pluses.text, Some(words.join("+")));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_refused_and_not_replaced(bytes: Vec<u8>, in_name: bool) {
        prop_assume!(std::str::from_utf8(&bytes).is_err());
        let bytes = encoded(&bytes);
        let raw = if in_name { format!("{bytes}=x") } else { format!("text={bytes}") };
        prop_assert_eq!(refused(&raw), Some((String::new(), "percent_encoding")));
    }

    #[test]
    fn a_percent_sign_without_two_digits_is_refused(
        before in "[a-z]{0,4}",
        broken in "%|%[0-9a-fA-F]|%[g-zG-Z][0-9a-f]|%[0-9a-f][g-zG-Z]|%%41|%u0041|%\\+1",
        in_name: bool,
    ) {
        let raw = if in_name { format!("{before}{broken}") } else { format!("text={before}{broken}") };
        prop_assert_eq!(refused(&raw), Some((String::new(), "percent_encoding")));
    }

    #[test]
    fn a_parameter_that_is_there_twice_is_refused_however_it_is_spelt(
        which: [bool; 4],
        again: [bool; 4],
        (one, two) in ("[a-z]{0,3}", "[a-z]{0,3}"),
        between in prop_oneof![Just("&"), Just("&&"), Just("&limit=1&")],
    ) {
        let raw = format!("{}={one}{between}{}={two}", spelt("text", &which), spelt("text", &again));
        prop_assert_eq!(refused(&raw), Some(("/text".to_owned(), "repeated")));
    }

    #[test]
    fn an_unknown_parameter_is_refused(name in ".{0,12}", value in "[a-z]{0,3}") {
        prop_assume!(!matches!(name.as_str(), "text" | "limit"));
        let raw = format!("text=x&{}={value}", encoded(name.as_bytes()));
        prop_assert_eq!(refused(&raw).map(|(_, code)| code), Some("unknown_member"));
    }

    #[test]
    fn a_number_is_digits(value in r"-?[0-9]{0,3}[.eExX, _a-z][0-9]{0,3}|[1-9][0-9]{10,29}|-[0-9]{1,3}|") {
        let raw = format!("limit={}", encoded(value.as_bytes()));
        prop_assert_eq!(refused(&raw), Some(("/limit".to_owned(), "wrong_type")));
    }
}

#[test]
fn a_query_has_so_many_pairs_and_no_more() {
    let pairs = |count: usize, pair: &str| refused(&vec![pair; count].join("&"));
    let too_many = Some((String::new(), "too_many_members"));
    for pair in ["a=1", ""] {
        assert_ne!(pairs(MAX_PAIRS, pair), too_many);
        assert_eq!(pairs(MAX_PAIRS + 1, pair), too_many);
        assert_eq!(pairs(3000, pair), too_many);
    }
}
