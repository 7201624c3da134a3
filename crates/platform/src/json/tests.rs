//! Properties of the scan, whatever the document.
//!
//! Controls: IN-05, IN-07, IN-09

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::violation::Violation;
use super::{MAX_DEPTH, MAX_MEMBERS, check};

/// Names as they come: plain, of any characters, and the one that is nothing.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-z_]{1,8}", 1 => ".{0,4}", 1 => "[a-z]{60,70}", 1 => Just(String::new())]
}

/// Objects of all there is in JSON. Names are unique, because a map has them.
fn object() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e300..1e300).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let value = scalar.prop_recursive(6, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            members(inner),
        ]
    });
    members(value)
}

fn members(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let members = prop::collection::btree_map(name(), value, 0..6);
    members.prop_map(|members: BTreeMap<_, _>| Value::Object(members.into_iter().collect()))
}

/// What stands around a place in a document.
#[derive(Debug, Clone)]
enum Around {
    /// It is the member of this name, after one with another name.
    Member(String),
    /// It is the item after so many others.
    Item(usize),
}

impl Around {
    fn put(&self, text: &str) -> String {
        match self {
            Self::Member(name) => {
                let before = json!(format!("{name}+"));
                format!("{{{before}:0,{}:{text}}}", json!(name))
            }
            Self::Item(before) => format!("[{}{text}]", "0,".repeat(*before)),
        }
    }

    fn part(&self) -> String {
        match self {
            Self::Member(name) => name.clone(),
            Self::Item(before) => before.to_string(),
        }
    }
}

fn around() -> impl Strategy<Value = Around> {
    prop_oneof![
        name().prop_map(Around::Member),
        (0_usize..5).prop_map(Around::Item),
    ]
}

/// The document with `text` at a place, from the outermost in.
fn placed(places: &[Around], text: String) -> String {
    places
        .iter()
        .rev()
        .fold(text, |text, place| place.put(&text))
}

/// The pointer to a place, as `docs/api-design.md` describes it.
fn shown(parts: &[String]) -> String {
    let plain = |part: &&String| {
        let word = |c: char| c == '_' || c.is_ascii_alphanumeric();
        part.chars().count() <= 64 && part.chars().all(word)
    };
    let pointers = parts.iter().take(8).take_while(plain);
    let pointers = pointers.scan(String::new(), |pointer, part| {
        *pointer = format!("{pointer}/{part}");
        Some(pointer.clone())
    });
    let short = pointers.take_while(|pointer| pointer.len() <= 256);
    short.last().unwrap_or_default()
}

/// Another spelling of a name: each character as an escape.
fn escaped(name: &str) -> String {
    let units = name.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
    format!("\"{}\"", units.collect::<String>())
}

fn plain(violation: &Violation) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'/';
    violation.pointer.len() <= 256 && violation.pointer.bytes().all(allowed)
}

/// Whatever the scan says, it is true: what passes is an object, what is refused is shown plainly.
fn sound(text: &[u8]) -> bool {
    match check(text) {
        Ok(()) => serde_json::from_slice::<Map<String, Value>>(text).is_ok(),
        Err(violation) => plain(&violation),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn any_bytes_are_refused_or_an_object(bytes: Vec<u8>) {
        prop_assert!(sound(&bytes));
    }

    #[test]
    fn an_object_with_a_byte_changed_is_refused_or_an_object(
        object in object(),
        at: prop::sample::Index,
        byte: u8,
        edit in 0..4,
    ) {
        let mut text = object.to_string().into_bytes();
        let at = at.index(text.len());
        match edit {
            0 => text[at] = byte,
            1 => text.insert(at, byte),
            2 => drop(text.remove(at)),
            _ => text.truncate(at),
        }
        prop_assert!(sound(&text));
    }

    #[test]
    fn an_object_with_unique_names_is_accepted(object in object()) {
        prop_assert_eq!(check(object.to_string().as_bytes()), Ok(()));
        let spaced = serde_json::to_string_pretty(&object).unwrap();
        prop_assert_eq!(check(spaced.as_bytes()), Ok(()));
    }

    #[test]
    fn a_document_cut_short_is_not_json(object in object(), at: prop::sample::Index) {
        let text = object.to_string();
        let cut = text.as_bytes().get(..at.index(text.len())).unwrap_or_default();
        prop_assert_eq!(check(cut), Err(Violation::new("", "not_json")));
    }

    #[test]
    fn anything_but_white_space_after_a_document_is_refused(object in object(), after in "[^ \t\r\n]") {
        let text = object.to_string() + &after;
        prop_assert_eq!(check(text.as_bytes()), Err(Violation::new("", "not_json")));
    }

    #[test]
    fn a_name_that_is_there_twice_is_refused_where_it_is(
        first in name(),
        rest in prop::collection::vec(around(), 0..12),
        name in name(),
        (value, other) in (object(), object()),
        spelling in 0..3,
    ) {
        let (plainly, otherwise) = (json!(name).to_string(), escaped(&name));
        let (one, two) = match spelling {
            0 => (&plainly, &plainly),
            1 => (&plainly, &otherwise),
            _ => (&otherwise, &plainly),
        };
        let between = json!(format!("{name}+"));
        let twice = format!("{{{one}:{value},{between}:0,{two}:{other}}}");
        let places: Vec<_> = [Around::Member(first)].into_iter().chain(rest).collect();
        let mut parts: Vec<_> = places.iter().map(Around::part).collect();
        parts.push(name);
        let refused = check(placed(&places, twice).as_bytes());
        prop_assert_eq!(refused, Err(Violation::new(shown(&parts), "duplicate_member")));
    }

    #[test]
    fn the_same_name_in_two_objects_is_no_duplicate(name in name(), rest in prop::collection::vec(around(), 0..12)) {
        let once = format!("{{{0}:{{{0}:[{{{0}:0}},{{{0}:0}}]}}}}", json!(name));
        let places: Vec<_> = [Around::Member(name)].into_iter().chain(rest).collect();
        prop_assert_eq!(check(placed(&places, once).as_bytes()), Ok(()));
    }

    #[test]
    fn as_many_levels_as_there_may_be_and_no_more(rest in prop::collection::vec(around(), 20..45)) {
        let places: Vec<_> = [Around::Member("a".to_owned())].into_iter().chain(rest).collect();
        let outcome = check(placed(&places, "0".to_owned()).as_bytes());
        let due = if places.len() <= MAX_DEPTH {
            Ok(())
        } else {
            let parts: Vec<_> = places.iter().take(MAX_DEPTH).map(Around::part).collect();
            Err(Violation::new(shown(&parts), "too_deep"))
        };
        prop_assert_eq!(outcome, due);
    }

    #[test]
    fn as_many_members_as_there_may_be_and_no_more(count in 240..270_usize, array: bool) {
        let many = if array {
            Value::from(vec![Value::Null; count])
        } else {
            Value::Object((0..count).map(|n| (n.to_string(), Value::Null)).collect())
        };
        let outcome = check(json!({ "a": many }).to_string().as_bytes());
        let due = if count <= MAX_MEMBERS {
            Ok(())
        } else {
            Err(Violation::new("/a", "too_many_members"))
        };
        prop_assert_eq!(outcome, due);
    }
}
