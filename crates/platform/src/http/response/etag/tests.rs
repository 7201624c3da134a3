//! Properties of `If-Match`, whatever it holds.
//!
//! Controls: CC-01

use actix_web::{http::header::HeaderValue, test::TestRequest};
use proptest::prelude::*;

use super::{EntityTag, IfMatch, MAX_TAGS, Problem};

fn parsed(values: &[&[u8]]) -> Result<IfMatch, Problem> {
    let request = values
        .iter()
        .fold(TestRequest::default(), |request, value| {
            request.append_header(("if-match", HeaderValue::from_bytes(value).unwrap()))
        });
    IfMatch::parse(&request.to_http_request())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn any_value_is_read_or_refused(bytes in prop::collection::vec(prop_oneof![Just(b'"'), Just(b','), Just(b'W'), Just(b'/'), 0x20..=0xFF_u8], 0..24)) {
        prop_assume!(!bytes.contains(&0x7F));
        match parsed(&[&bytes]) {
            // Nothing but the tag itself is the tag. Every second piece between quotes is in a tag.
            Ok(tags) => {
                let pieces: Vec<&[u8]> = bytes.split(|byte| *byte == b'"').collect();
                let named = pieces
                    .windows(2)
                    .skip(1)
                    .step_by(2)
                    .zip(pieces.iter().step_by(2))
                    .any(|(tag, before)| tag[0] == b"1" && !before.ends_with(b"W/"));
                prop_assert_eq!(tags.matches(EntityTag(1)), named);
            }
            Err(problem) => {
                prop_assert!(matches!(problem, Problem::Malformed(_) | Problem::PreconditionRequired));
            }
        }
    }

    #[test]
    fn any_tags_may_stand_beside_the_version(
        others in prop::collection::vec((any::<bool>(), prop::collection::vec(prop_oneof![Just(0x21_u8), 0x23..=0x7E_u8, 0x80..=0xFF_u8], 0..6)), 0..MAX_TAGS),
        between in "[ \t]{0,2}(,[ \t]{0,2}){1,3}",
    ) {
        let tags = others.iter().map(|(weak, inner)| {
            let prefix: &[u8] = if *weak { b"W/" } else { b"" };
            [prefix, b"\"", inner, b"\""].concat()
        });
        let named = others.iter().any(|(weak, inner)| !weak && inner == b"7");
        let tags: Vec<Vec<u8>> = tags.chain([b"\"1\"".to_vec()]).collect();
        let list = parsed(&[&tags.join(between.as_bytes())]).unwrap();
        prop_assert!(list.matches(EntityTag(1)));
        prop_assert_eq!(list.matches(EntityTag(7)), named);
    }

    #[test]
    fn a_list_matches_the_versions_in_it(
        versions in prop::collection::vec(0..40_i64, 1..=MAX_TAGS),
        current in 0..40_i64,
        space in "[ \t]{0,2}",
    ) {
        let tags: Vec<_> = versions.iter().map(|version| EntityTag(*version).to_string()).collect();
        let list = parsed(&[tags.join(&format!("{space},{space}")).as_bytes()]).unwrap();
        prop_assert_eq!(list.matches(EntityTag(current)), versions.contains(&current));
    }

    #[test]
    fn a_weak_tag_never_matches(version: i64) {
        let weak = parsed(&[format!("W/{}", EntityTag(version)).as_bytes()]).unwrap();
        prop_assert!(!weak.matches(EntityTag(version)));
    }

    #[test]
    fn a_longer_list_a_second_field_and_an_open_quote_are_refused(version: i64, more in 1..5_usize) {
        let tag = EntityTag(version).to_string();
        let long = vec![tag.as_str(); MAX_TAGS + more].join(",");
        let open = tag.trim_end_matches('"');
        for values in [&[long.as_bytes()][..], &[tag.as_bytes(), tag.as_bytes()], &[open.as_bytes()]] {
            prop_assert!(matches!(parsed(values), Err(Problem::Malformed(_))));
        }
    }
}

/// RFC 9110 §8.8.3 and §5.6.1.2, by example.
#[test]
fn a_list_is_read_by_its_grammar() {
    let matches = |value: &[u8]| parsed(&[value]).ok().map(|tags| tags.matches(EntityTag(1)));
    for value in [
        &br#""a,b", "1""#[..],
        br#""1","#,
        br#", ,"1""#,
        b"\"\xFF\", \"1\"",
        br#""a\", "1""#,
        br#""","1""#,
        br#"W/"1","1""#,
    ] {
        assert_eq!(matches(value), Some(true), "{}", value.escape_ascii());
    }
    for value in [&br#"W/"1""#[..], br#""2", "01""#, br#""a,"1", b""#] {
        assert_ne!(matches(value), Some(true), "{}", value.escape_ascii());
    }
    for value in [
        &b""[..],
        b",",
        b"1",
        br#""1" "2""#,
        br#""1"2"#,
        br#"w/"1""#,
        br#"W/ "1""#,
        br#""a b""#,
        br#"*, "1""#,
    ] {
        assert_eq!(matches(value), None, "{}", value.escape_ascii());
    }
}
