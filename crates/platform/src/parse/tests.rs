//! Properties of the text rules, whatever the text.
//!
//! Controls: IN-02, IN-08, IN-10

use super::network;
use std::borrow::Cow;

use proptest::prelude::*;

use super::{Invalid, multi_line, single_line};

/// Bidi controls and line separators, one by one (UAX #9; ASVS 1.3.3).
const REORDERS: [char; 14] = [
    '\u{061C}', '\u{200E}', '\u{200F}', '\u{2028}', '\u{2029}', '\u{202A}', '\u{202B}', '\u{202C}',
    '\u{202D}', '\u{202E}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
];
/// Characters of every kind that shows nothing.
const SHOWS_NOTHING: [char; 24] = [
    ' ',
    '\u{A0}',
    '\u{AD}',
    '\u{34F}',
    '\u{115F}',
    '\u{1160}',
    '\u{17B4}',
    '\u{180B}',
    '\u{180E}',
    '\u{2003}',
    '\u{200B}',
    '\u{200D}',
    '\u{2060}',
    '\u{2064}',
    '\u{206F}',
    '\u{2800}',
    '\u{3000}',
    '\u{3164}',
    '\u{FE0F}',
    '\u{FEFF}',
    '\u{FFA0}',
    '\u{1BCA0}',
    '\u{1D173}',
    '\u{E0041}',
];

fn control(c: char) -> bool {
    matches!(c, '\u{0}'..='\u{1F}' | '\u{7F}'..='\u{9F}')
}

fn noncharacter(c: char) -> bool {
    matches!(u32::from(c), 0xFDD0..=0xFDEF) || matches!(u32::from(c) % 0x1_0000, 0xFFFE | 0xFFFF)
}

fn forbidden() -> impl Strategy<Value = char> {
    prop_oneof![
        prop::char::range('\u{0}', '\u{1F}'),
        prop::char::range('\u{7F}', '\u{9F}'),
        prop::sample::select(&REORDERS[..]),
        prop::char::range('\u{FDD0}', '\u{FDEF}'),
        (0_u32..=0x10, 0xFFFE_u32..=0xFFFF)
            .prop_map(|(plane, last)| char::from_u32(plane * 0x1_0000 + last).unwrap()),
    ]
}

/// Text in which what is forbidden is common.
fn text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        12 => any::<char>(),
        4 => prop::sample::select(&SHOWS_NOTHING[..]),
        1 => forbidden(),
    ];
    prop::collection::vec(character, 0..12).prop_map(String::from_iter)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn accepted_text_is_short_and_hides_nothing(text in text(), max in 0..12_usize) {
        if single_line(&text, max).is_ok() {
            prop_assert!(text.chars().count() <= max);
            prop_assert!(!text.chars().any(|c| control(c) || noncharacter(c) || REORDERS.contains(&c)));
            prop_assert!(!text.chars().all(|c| SHOWS_NOTHING.contains(&c)));
            prop_assert_eq!(multi_line(&text, max), Ok(Cow::from(&text)));
        }
        if multi_line(&text, max).is_ok() {
            let lines = text.replace("\r\n", "xx").replace(['\n', '\t'], "x");
            prop_assert_eq!(single_line(&lines, max), Ok(Cow::from(&lines)));
        }
    }

    #[test]
    fn one_forbidden_character_is_enough(before in "[a-z]{0,5}", hidden in forbidden(), after in "[a-z]{0,5}") {
        let text = format!("{before}{hidden}{after}");
        prop_assert_eq!(single_line(&text, 20), Err(Invalid("forbidden_character")));
        if !matches!(hidden, '\n' | '\t') {
            prop_assert_eq!(multi_line(&text, 20), Err(Invalid("forbidden_character")));
        }
    }

    #[test]
    fn a_line_end_is_kept_as_one_character(lines in prop::collection::vec("[a-z\t]{0,4}", 1..6)) {
        let sent = format!("a{}", lines.join("\r\n"));
        let kept = format!("a{}", lines.join("\n"));
        let length = sent.chars().count();
        prop_assert_eq!(multi_line(&sent, length), Ok(Cow::from(&kept)));
        prop_assert_eq!(multi_line(&sent, length - 1), Err(Invalid("too_long")));
        prop_assert_eq!(multi_line(&kept, length), Ok(Cow::from(&kept)));
        for alone in [format!("{sent}\r"), format!("{sent}\r\r\n"), format!("\r{sent}")] {
            prop_assert_eq!(multi_line(&alone, length + 3), Err(Invalid("forbidden_character")));
        }
        if lines.len() > 1 {
            prop_assert_eq!(single_line(&sent, length), Err(Invalid("forbidden_character")));
        }
    }

    #[test]
    fn nothing_visible_is_blank(nothing in prop::collection::vec(prop::sample::select(&SHOWS_NOTHING[..]), 0..12)) {
        let nothing = String::from_iter(nothing);
        prop_assert_eq!(single_line(&nothing, 12), Err(Invalid("blank")));
        let lines = nothing + "\r\n\t";
        prop_assert_eq!(multi_line(&lines, 15), Err(Invalid("blank")));
    }

    #[test]
    fn letters_are_accepted_up_to_the_length_and_not_beyond(text in r"[\p{L}\p{N}]{1,20}") {
        let length = text.chars().count();
        let blank = text.chars().all(|c| SHOWS_NOTHING.contains(&c));
        prop_assert_eq!(single_line(&text, length), if blank { Err(Invalid("blank")) } else { Ok(Cow::from(&text)) });
        prop_assert_eq!(single_line(&text, length - 1), Err(Invalid("too_long")));
    }
}

#[test]
fn a_network_has_one_spelling() {
    for name in [
        "203.0.113.0/24",
        "203.0.113.7/32",
        "2001:db8::/32",
        "0.0.0.0/0",
    ] {
        assert!(network(name).is_ok(), "{name}");
    }
    for name in [
        "203.0.113.7/24",
        "203.0.113.7",
        "203.0.113.0/33",
        "203.0.113.0/024",
        "::ffff:203.0.113.0/120",
        "2001:DB8::/32",
        "everywhere",
    ] {
        assert_eq!(network(name), Err(Invalid("not_a_network")), "{name}");
    }
}
