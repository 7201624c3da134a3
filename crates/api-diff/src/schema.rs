//! Schemas: which values they accept.
//!
//! Each keyword makes a schema accept more or less than before. A request that accepts less refuses what was
//! valid; an answer that may be more has what no client had to expect. Everything else is fine, and what is
//! neither is both.

use std::{cmp::Ordering, collections::BTreeSet};

use serde_json::Value;

use crate::{
    Differences,
    operations::{members, texts},
};

/// Who sends the value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Request,
    Response,
}

impl Direction {
    fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "answer",
        }
    }
}

/// What a keyword's change does to the values that a schema accepts.
enum Effect {
    Same,
    More,
    Less,
    /// Some values more and some less, or nobody knows.
    Other,
}

/// For people, not for validation.
const ANNOTATIONS: [&str; 8] = [
    "$comment",
    "deprecated",
    "description",
    "example",
    "examples",
    "summary",
    "title",
    "xml",
];

/// Keywords with schemas inside, which have rules of their own.
const NESTED: [&str; 5] = ["$ref", "anyOf", "items", "oneOf", "properties"];

impl<'a> Differences<'a> {
    /// Compares what an old and a new schema accept. A schema that is not there accepts everything.
    pub(crate) fn schema(
        &mut self,
        direction: Direction,
        place: &str,
        old: Option<&'a Value>,
        new: Option<&'a Value>,
    ) {
        let (old, new) = match (old, new) {
            (None, None) => return,
            (Some(_), None) => return self.effect(direction, place, &Effect::More, "any value"),
            (None, Some(_)) => return self.effect(direction, place, &Effect::Less, "a schema"),
            (Some(old), Some(new)) => (old, new),
        };
        let ((old_name, old), (new_name, new)) =
            (Self::resolve(self.old, old), Self::resolve(self.new, new));
        let component = new_name.map(|name| format!("{} {name}", direction.word()));
        if let (Some(old), Some(component)) = (old_name, &component)
            && !self.compared.insert(format!("{component} {old}"))
        {
            return;
        }
        let place = component.as_deref().unwrap_or(place);

        let mut keywords: BTreeSet<&str> = BTreeSet::new();
        keywords.extend(members(Some(old)).map(|(key, _)| key.as_str()));
        keywords.extend(members(Some(new)).map(|(key, _)| key.as_str()));
        keywords.retain(|key| {
            !key.starts_with("x-") && !ANNOTATIONS.contains(key) && !NESTED.contains(key)
        });
        for keyword in keywords {
            let (old, new) = (old.get(keyword), new.get(keyword));
            self.effect(
                direction,
                place,
                &effect(keyword, old, new),
                &described(keyword, old, new),
            );
        }
        self.properties(direction, place, old, new);
        if old.get("items").is_some() || new.get("items").is_some() {
            let place = format!("{place}, each item");
            self.schema(direction, &place, old.get("items"), new.get("items"));
        }
        self.alternatives(direction, place, old, new);
    }

    fn effect(&mut self, direction: Direction, place: &str, effect: &Effect, what: &str) {
        let (breaking, words) = match (effect, direction) {
            (Effect::Same, _) => return,
            (Effect::More, Direction::Request) => (false, "accepts more"),
            (Effect::Less, Direction::Request) => (true, "accepts less"),
            (Effect::More, Direction::Response) => (true, "may be more"),
            (Effect::Less, Direction::Response) => (false, "is less"),
            (Effect::Other, _) => (true, "is another"),
        };
        self.add(breaking, place, format!("{words}: {what}"));
    }

    fn properties(&mut self, direction: Direction, place: &str, old: &'a Value, new: &'a Value) {
        let (old, new) = (old.get("properties"), new.get("properties"));
        for (name, _) in members(new) {
            // `required` says whether a request must have it. Clients ignore members that they do not know.
            if old.and_then(|old| old.get(name)).is_none() {
                self.add(false, place, format!("the member {name} is new"));
            }
        }
        for (name, old) in members(old) {
            match new.and_then(|new| new.get(name)) {
                None => self.add(true, place, format!("the member {name} is gone")),
                Some(new) => {
                    let place = format!("{place}, member {name}");
                    self.schema(direction, &place, Some(old), Some(new));
                }
            }
        }
    }

    /// Each alternative of the side that must not grow has one on the other side that accepts it.
    fn alternatives(&mut self, direction: Direction, place: &str, old: &'a Value, new: &'a Value) {
        let (Some(olds), Some(news)) = (alternatives(old), alternatives(new)) else {
            // One against none: the keywords of the one have been compared with nothing.
            if alternatives(old).is_some() || alternatives(new).is_some() {
                let effect = presence(alternatives(old), alternatives(new));
                self.effect(direction, place, &effect, "alternatives");
            }
            return;
        };
        let mut fits = |old: &'a Value, new: &'a Value| {
            let names = (
                Self::resolve(self.old, old).0,
                Self::resolve(self.new, new).0,
            );
            if let (Some(old_name), Some(new_name)) = names
                && old_name == new_name
            {
                // The same component: what differs inside is said where it stands.
                self.schema(direction, place, Some(old), Some(new));
                return true;
            }
            let mut trial = Differences {
                found: BTreeSet::new(),
                compared: self.compared.clone(),
                ..*self
            };
            trial.schema(direction, place, Some(old), Some(new));
            !trial.found.iter().any(|change| change.breaking)
        };
        let kept = match direction {
            Direction::Request => olds.iter().all(|old| news.iter().any(|new| fits(old, new))),
            Direction::Response => news.iter().all(|new| olds.iter().any(|old| fits(old, new))),
        };
        if !kept || olds.len() != news.len() {
            self.add(!kept, place, "has other alternatives");
        }
    }
}

fn alternatives(schema: &Value) -> Option<&Vec<Value>> {
    let list = schema.get("oneOf").or_else(|| schema.get("anyOf"));
    list.and_then(Value::as_array)
}

/// What was and what is.
fn described(keyword: &str, old: Option<&Value>, new: Option<&Value>) -> String {
    let text = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    format!("{keyword} was {} and is {}", text(old), text(new))
}

fn effect(keyword: &str, old: Option<&Value>, new: Option<&Value>) -> Effect {
    if old == new {
        return Effect::Same;
    }
    match keyword {
        "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" => {
            bound(old, new, Ordering::Greater)
        }
        "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties" => {
            bound(old, new, Ordering::Less)
        }
        // What was not asked for, and is.
        "required" => subset(&texts(new), &texts(old)),
        "enum" | "type" => match (old, new) {
            (Some(old), Some(new)) => subset(&values(old), &values(new)),
            _ => presence(old, new),
        },
        "additionalProperties" => {
            let closed = |value: Option<&Value>| value == Some(&Value::Bool(false));
            match (closed(old), closed(new)) {
                (true, false) => Effect::More,
                (false, true) => Effect::Less,
                _ => Effect::Other,
            }
        }
        "const" | "format" | "multipleOf" | "pattern" | "uniqueItems" => presence(old, new),
        _ => Effect::Other,
    }
}

/// A rule that came accepts less, a rule that went accepts more; of two rules nobody knows.
fn presence<T>(old: Option<T>, new: Option<T>) -> Effect {
    match (old, new) {
        (None, Some(_)) => Effect::Less,
        (Some(_), None) => Effect::More,
        _ => Effect::Other,
    }
}

/// A bound accepts more when it went in the direction `more`.
fn bound(old: Option<&Value>, new: Option<&Value>, more: Ordering) -> Effect {
    let (Some(before), Some(after)) = (old, new) else {
        return presence(old, new);
    };
    match after.as_f64().partial_cmp(&before.as_f64()) {
        Some(Ordering::Equal) | None => Effect::Other,
        Some(went) if went == more => Effect::More,
        Some(_) => Effect::Less,
    }
}

/// What the values that are listed make of a schema.
fn subset<T: Ord>(old: &BTreeSet<T>, new: &BTreeSet<T>) -> Effect {
    if old.is_subset(new) {
        Effect::More
    } else if new.is_subset(old) {
        Effect::Less
    } else {
        Effect::Other
    }
}

/// A list as a set, or one value as a set of one.
fn values(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Array(list) => list.iter().map(Value::to_string).collect(),
        one => BTreeSet::from([one.to_string()]),
    }
}
