//! Properties of `If-Match`, whatever it holds (CONTROLS CC-01).

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
            // Nothing but the tag itself is the tag.
            Ok(tags) => prop_assert_eq!(
                tags.matches(EntityTag(1)),
                String::from_utf8_lossy(&bytes).split(',').any(|tag| tag.trim() == "\"1\"")
            ),
            Err(problem) => {
                prop_assert!(matches!(problem, Problem::Malformed(_) | Problem::PreconditionRequired));
            }
        }
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
