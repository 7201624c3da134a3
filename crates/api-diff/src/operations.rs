//! Operations: which there are, who may call them, their parameters, bodies and answers.
//!
//! The service refuses what it does not know, so a parameter or a media type that goes away breaks each client
//! that sends it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::{Differences, schema::Direction};

const METHODS: [&str; 8] = [
    "delete", "get", "head", "options", "patch", "post", "put", "trace",
];

/// The operations of a document, by method and path.
fn operations(document: &Value) -> BTreeMap<String, &Value> {
    let mut operations = BTreeMap::new();
    for (path, item) in members(document.get("paths")) {
        for (method, operation) in members(Some(item)) {
            if METHODS.contains(&method.as_str()) {
                operations.insert(format!("{} {path}", method.to_uppercase()), operation);
            }
        }
    }
    operations
}

/// The members of an object; none if it is no object.
pub fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::iter)
}

/// The texts of a list.
pub fn texts(value: Option<&Value>) -> BTreeSet<&str> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).collect()
}

fn is_true(value: &Value, member: &str) -> bool {
    value.get(member).and_then(Value::as_bool) == Some(true)
}

/// What a caller may show: each way is the schemes and scopes that it takes, all of them.
fn ways(operation: &Value, document: &Value) -> Vec<BTreeSet<String>> {
    let security = operation
        .get("security")
        .or_else(|| document.get("security"));
    let list = security.and_then(Value::as_array).into_iter().flatten();
    let mut ways: Vec<BTreeSet<String>> = list
        .map(|way| {
            let schemes = members(Some(way)).flat_map(|(scheme, scopes)| {
                let scopes = texts(Some(scopes)).into_iter();
                let scopes = scopes.map(move |scope| format!("{scheme} {scope}"));
                scopes.chain([scheme.clone()])
            });
            schemes.collect()
        })
        .collect();
    // No list, or an empty one: nothing is asked for.
    if ways.is_empty() {
        ways.push(BTreeSet::new());
    }
    ways
}

impl<'a> Differences<'a> {
    pub(crate) fn operations(&mut self) {
        let (old, new) = (operations(self.old), operations(self.new));
        for place in new.keys().filter(|place| !old.contains_key(*place)) {
            self.add(false, place, "the operation is new");
        }
        for (place, old) in old {
            match new.get(&place) {
                None => self.add(true, &place, "the operation is gone"),
                Some(new) => {
                    self.callers(&place, old, new);
                    self.parameters(&place, old, new);
                    self.body(&place, old.get("requestBody"), new.get("requestBody"));
                    self.answers(&place, old.get("responses"), new.get("responses"));
                }
            }
        }
    }

    /// A caller who may call the old operation may call the new one.
    fn callers(&mut self, place: &str, old: &Value, new: &Value) {
        let (old, new) = (ways(old, self.old), ways(new, self.new));
        if !old
            .iter()
            .all(|old| new.iter().any(|new| new.is_subset(old)))
        {
            self.add(
                true,
                place,
                "it asks for a permission that it did not ask for",
            );
        } else if !new
            .iter()
            .all(|new| old.iter().any(|old| old.is_subset(new)))
        {
            self.add(false, place, "more callers may call it");
        }
    }

    fn parameters(&mut self, place: &str, old: &'a Value, new: &'a Value) {
        let parameters = |document: &'a Value,
                          operation: &'a Value|
         -> BTreeMap<String, &'a Value> {
            let list = operation.get("parameters").and_then(Value::as_array);
            let named = list.into_iter().flatten().map(|parameter| {
                let (_, parameter) = Self::resolve(document, parameter);
                let text = |member| parameter.get(member).and_then(Value::as_str).unwrap_or("?");
                (
                    format!("{} parameter {}", text("in"), text("name")),
                    parameter,
                )
            });
            named.collect()
        };
        let (old, new) = (parameters(self.old, old), parameters(self.new, new));
        for (name, new) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
            let required = is_true(new, "required");
            let what = if required {
                "is new and required"
            } else {
                "is new"
            };
            self.add(required, place, format!("the {name} {what}"));
        }
        for (name, old) in old {
            let Some(new) = new.get(&name) else {
                self.add(true, place, format!("the {name} is gone"));
                continue;
            };
            self.required(place, &name, old, new);
            let place = format!("{place}, {name}");
            self.schema(
                Direction::Request,
                &place,
                old.get("schema"),
                new.get("schema"),
            );
        }
    }

    fn required(&mut self, place: &str, name: &str, old: &Value, new: &Value) {
        match (is_true(old, "required"), is_true(new, "required")) {
            (false, true) => self.add(true, place, format!("the {name} is required now")),
            (true, false) => self.add(false, place, format!("the {name} is optional now")),
            _ => {}
        }
    }

    fn body(&mut self, place: &str, old: Option<&'a Value>, new: Option<&'a Value>) {
        let (old, new) = match (old, new) {
            (None, None) => return,
            (Some(_), None) => return self.add(true, place, "it reads no body any more"),
            (None, Some(new)) => {
                return self.add(is_true(new, "required"), place, "it reads a body now");
            }
            (Some(old), Some(new)) => (
                Self::resolve(self.old, old).1,
                Self::resolve(self.new, new).1,
            ),
        };
        self.required(place, "body", old, new);
        self.content(Direction::Request, &format!("{place}, body"), old, new);
    }

    fn content(&mut self, direction: Direction, place: &str, old: &'a Value, new: &'a Value) {
        let (old, new) = (old.get("content"), new.get("content"));
        for (media_type, _) in members(new) {
            if old.and_then(|old| old.get(media_type)).is_none() {
                self.add(false, place, format!("{media_type} is new"));
            }
        }
        for (media_type, old) in members(old) {
            match new.and_then(|new| new.get(media_type)) {
                None => self.add(true, place, format!("{media_type} is gone")),
                Some(new) => self.schema(direction, place, old.get("schema"), new.get("schema")),
            }
        }
    }

    /// A client knows what a success looks like; every error is a problem document, so a new status of an error breaks nothing.
    fn answers(&mut self, place: &str, old: Option<&'a Value>, new: Option<&'a Value>) {
        for (status, _) in members(new) {
            if old.and_then(|old| old.get(status)).is_none() {
                self.add(
                    status.starts_with('2'),
                    place,
                    format!("{status} is a new answer"),
                );
            }
        }
        for (status, old) in members(old) {
            let Some(new) = new.and_then(|new| new.get(status)) else {
                self.add(
                    status.starts_with('2'),
                    place,
                    format!("{status} is no answer any more"),
                );
                continue;
            };
            let (old, new) = (
                Self::resolve(self.old, old).1,
                Self::resolve(self.new, new).1,
            );
            let place = format!("{place}, answer {status}");
            self.content(Direction::Response, &place, old, new);
            for (name, old) in members(old.get("headers")) {
                let Some(new) = new.get("headers").and_then(|new| new.get(name)) else {
                    self.add(true, &place, format!("the header {name} is gone"));
                    continue;
                };
                let (old, new) = (
                    Self::resolve(self.old, old).1,
                    Self::resolve(self.new, new).1,
                );
                let place = format!("{place}, header {name}");
                self.schema(
                    Direction::Response,
                    &place,
                    old.get("schema"),
                    new.get("schema"),
                );
            }
        }
    }
}
