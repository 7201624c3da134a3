//! A pass over a JSON text that refuses what typed parsing lets through.
//!
//! Two parsers that disagree about `{"role":"user","role":"admin"}` are a classic bypass, and deep
//! nesting is a classic crash, so duplicate names at any depth, nesting beyond [`MAX_DEPTH`] and
//! objects beyond [`MAX_MEMBERS`] are refused first (RFC 7493 §2.3).
//!
//! Controls: IN-04, IN-05, IN-09

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    collections::BTreeSet,
    fmt,
};

use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor},
};

#[cfg(test)]
mod tests;
pub mod violation;

use violation::{Violation, pointer};

/// How deep arrays and objects may be nested.
pub const MAX_DEPTH: usize = 32;
/// How many members an object, or items an array, may have.
pub const MAX_MEMBERS: usize = 256;

/// Checks that `text` is one JSON object (RFC 8259) without duplicate names.
///
/// # Errors
/// Where and what, as a code: `not_json`, `not_an_object`, `duplicate_member`, `too_deep`,
/// `too_many_members`.
pub fn check(text: &[u8]) -> Result<(), Violation> {
    let scan = Scan::default();
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let outcome = Value {
        scan: &scan,
        depth: 0,
    }
    .deserialize(&mut deserializer)
    .and_then(|()| deserializer.end());
    outcome.map_err(|_| match scan.found.get() {
        Some(code) => Violation::new(scan.pointer(), code),
        None => Violation::new("", "not_json"),
    })
}

/// What is wrong, and where. The place is noted on the way out of an error, from the inside: a body
/// without one pays nothing for it.
#[derive(Default)]
struct Scan {
    found: Cell<Option<&'static str>>,
    inside_out: RefCell<Vec<String>>,
}

impl Scan {
    /// Remembers what is wrong, and stops the parser with an error whose text is never read.
    fn refuse<E: serde::de::Error>(&self, code: &'static str) -> E {
        self.found.set(Some(code));
        E::custom(code)
    }

    /// The error is inside of this member or item.
    fn inside(&self, part: &impl ToString) {
        self.inside_out.borrow_mut().push(part.to_string());
    }

    fn pointer(&self) -> String {
        let path = self.inside_out.borrow();
        let parts: Vec<&str> = path.iter().rev().map(String::as_str).collect();
        pointer(&parts)
    }
}

/// A member's name. Without escapes in it, it stays where it is.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Name<'t>(#[serde(borrow)] Cow<'t, str>);

#[derive(Clone, Copy)]
struct Value<'s> {
    scan: &'s Scan,
    depth: usize,
}

impl Value<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(self.scan.refuse("too_deep"));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }

    /// Only objects may stand at the top.
    fn scalar<E: serde::de::Error>(self) -> Result<(), E> {
        if self.depth == 0 {
            return Err(self.scan.refuse("not_an_object"));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        self.scalar()
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        self.scalar()
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.scalar()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.scalar::<A::Error>()?;
        let inner = self.deeper::<A::Error>()?;
        for index in 0..=MAX_MEMBERS {
            let item = items.next_element_seed(inner);
            if item.inspect_err(|_| self.scan.inside(&index))?.is_none() {
                return Ok(());
            }
        }
        Err(self.scan.refuse("too_many_members"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let inner = self.deeper::<A::Error>()?;
        // A set: 256 names, each compared with all others, in one object behind the other, would be
        // fifty times the work of a body of that size.
        let mut names = BTreeSet::new();
        while let Some(name) = members.next_key::<Name<'de>>()? {
            if names.len() == MAX_MEMBERS {
                return Err(self.scan.refuse("too_many_members"));
            }
            if names.contains(&name) {
                self.scan.inside(&name.0);
                return Err(self.scan.refuse("duplicate_member"));
            }
            members
                .next_value_seed(inner)
                .inspect_err(|_| self.scan.inside(&name.0))?;
            names.insert(name);
        }
        Ok(())
    }
}
