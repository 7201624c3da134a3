//! What breaks a client and what does not: one edit of `document.json` a line.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod operations;
mod program;
mod schema;

use api_diff::{Change, compare};
use serde_json::Value;

/// An API with one of everything.
fn document() -> Value {
    serde_json::from_str(include_str!("document.json")).unwrap()
}

/// What an edit of the document changes: the texts that break, and those that do not.
fn edited(pointer: &str, member: &str, value: Option<Value>) -> (Vec<String>, Vec<String>) {
    let (old, mut new) = (document(), document());
    let place = new.pointer_mut(pointer).unwrap();
    match (place, value) {
        (Value::Object(object), Some(value)) => drop(object.insert(member.to_owned(), value)),
        (Value::Object(object), None) => drop(object.remove(member).unwrap()),
        (Value::Array(list), Some(value)) => list.push(value),
        (Value::Array(list), None) => drop(list.pop().unwrap()),
        _ => panic!("{pointer} is neither"),
    }
    let (breaking, fine): (Vec<Change>, Vec<Change>) = compare(&old, &new)
        .into_iter()
        .partition(|change| change.breaking);
    let texts = |changes: Vec<Change>| changes.iter().map(ToString::to_string).collect();
    (texts(breaking), texts(fine))
}

#[track_caller]
fn breaks(pointer: &str, member: &str, value: impl Into<Option<Value>>, text: &str) {
    let (breaking, _) = edited(pointer, member, value.into());
    assert_eq!(breaking, [text]);
}

#[track_caller]
fn is_fine(pointer: &str, member: &str, value: impl Into<Option<Value>>, text: &str) {
    let edited = edited(pointer, member, value.into());
    assert_eq!(edited, (Vec::new(), vec![text.to_owned()]));
}

#[test]
fn the_same_document_changes_nothing() {
    assert!(compare(&document(), &document()).is_empty());
}
