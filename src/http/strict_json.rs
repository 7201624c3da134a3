//! A pass over a JSON text that refuses what typed parsing lets through.
//!
//! Two parsers that disagree about `{"role":"user","role":"admin"}` are a classic bypass, and deep
//! nesting is a classic crash, so duplicate names at any depth, nesting beyond [`MAX_DEPTH`] and
//! objects beyond [`MAX_MEMBERS`] are refused first (RFC 7493 §2.3; CONTROLS IN-04, IN-05, IN-09).

use std::{borrow::Cow, cell::RefCell, fmt};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::violation::{Violation, pointer};

#[cfg(test)]
mod tests;

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
    match (outcome, scan.found.into_inner()) {
        (_, Some(found)) => Err(found),
        (Err(_), None) => Err(Violation::new("", "not_json")),
        (Ok(()), None) => Ok(()),
    }
}

#[derive(Default)]
struct Scan {
    path: RefCell<Vec<String>>,
    found: RefCell<Option<Violation>>,
}

impl Scan {
    /// Remembers what is wrong, here, and stops the parser with an error whose text is never read.
    fn refuse<E: serde::de::Error>(&self, code: &'static str) -> E {
        let path = self.path.borrow();
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        *self.found.borrow_mut() = Some(Violation::new(pointer(&parts), code));
        E::custom(code)
    }
}

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
            self.scan.path.borrow_mut().push(index.to_string());
            let item = items.next_element_seed(inner)?;
            self.scan.path.borrow_mut().pop();
            if item.is_none() {
                return Ok(());
            }
        }
        Err(self.scan.refuse("too_many_members"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let inner = self.deeper::<A::Error>()?;
        let mut names: Vec<Cow<'de, str>> = Vec::new();
        while let Some(name) = members.next_key::<Cow<'de, str>>()? {
            if names.len() == MAX_MEMBERS {
                return Err(self.scan.refuse("too_many_members"));
            }
            self.scan.path.borrow_mut().push(name.to_string());
            if names.contains(&name) {
                return Err(self.scan.refuse("duplicate_member"));
            }
            members.next_value_seed(inner)?;
            self.scan.path.borrow_mut().pop();
            names.push(name);
        }
        Ok(())
    }
}
