//! What changes for the clients of an API from one OpenAPI document to the next, and what of that breaks one.
//!
//! A change breaks a client if a request that was valid may now be refused, or if an answer may now have what
//! no client had to expect. A difference that has no rule here counts as breaking: a gate that overlooks a
//! keyword lets through what it was built against. `operations` has the rules of operations, `schema` those of
//! what is inside a body.

mod operations;
mod schema;

use std::{collections::BTreeSet, fmt};

use serde_json::Value;

/// One difference. Its text is stable, so that a line of text can accept it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Whether a client of the old document may fail with the new one.
    pub breaking: bool,
    /// An operation, with the part of it; or a component, with the direction in which it is sent.
    pub place: String,
    /// What is different there.
    pub what: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Every difference between two OpenAPI 3.1 documents that a client can notice, once each. Descriptions,
/// examples and tags are none.
#[must_use]
pub fn compare(old: &Value, new: &Value) -> BTreeSet<Change> {
    let mut differences = Differences {
        old,
        new,
        found: BTreeSet::new(),
        compared: BTreeSet::new(),
    };
    differences.operations();
    differences.found
}

/// Two documents, and what was found until now.
struct Differences<'a> {
    old: &'a Value,
    new: &'a Value,
    found: BTreeSet<Change>,
    /// Components that were compared with one another: many operations share them, and some contain
    /// themselves.
    compared: BTreeSet<String>,
}

impl<'a> Differences<'a> {
    fn add(&mut self, breaking: bool, place: &str, what: impl Into<String>) {
        self.found.insert(Change {
            breaking,
            place: place.to_owned(),
            what: what.into(),
        });
    }

    /// Follows references inside a document: the last name on the way, and what stands there.
    fn resolve(document: &'a Value, mut value: &'a Value) -> (Option<&'a str>, &'a Value) {
        let mut name = None;
        // A reference to itself would go on for ever.
        for _ in 0..8 {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
                break;
            };
            let Some(target) = reference
                .strip_prefix('#')
                .and_then(|path| document.pointer(path))
            else {
                break;
            };
            name = reference.rsplit('/').next();
            value = target;
        }
        (name, value)
    }
}
