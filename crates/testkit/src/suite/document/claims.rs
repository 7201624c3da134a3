//! The document is the committed one, is whole, and bounds what it describes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Document, generated, members};
use crate::suite::Sampled;

/// Operations of the platform without credentials.
const PUBLIC: [&str; 2] = ["/healthz", "/.well-known/security.txt"];

pub fn the_committed_document_is_the_generated_one<T: Sampled>() {
    let file = format!("{}/openapi/openapi.json", T::ROOT);
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        committed == generated::<T>(),
        "openapi/openapi.json is out of date; run: cargo run -q -- openapi > openapi/openapi.json"
    );
}

pub fn every_route_is_in_the_document_and_nothing_else_is<T: Sampled>() {
    let operations = T::service().routes().operations();
    let routes = operations
        .iter()
        .map(|operation| format!("{} {}", operation.method, operation.path));
    let document = Document::of::<T>();
    let described = members(&document.value()["paths"]).flat_map(|(path, item)| {
        members(item).map(move |(method, _)| format!("{} {path}", method.to_uppercase()))
    });
    assert_eq!(described.collect::<BTreeSet<_>>(), routes.collect());
}

pub fn every_operation_has_its_own_id_and_says_who_may_call_it<T: Sampled>() {
    let document = Document::of::<T>();
    let mut ids = BTreeSet::new();
    for (path, item) in members(&document.value()["paths"]) {
        for (method, operation) in members(item) {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id), "{method} {path}");
            let public = operation["security"] == json!([]);
            let meant = PUBLIC.iter().chain(T::PUBLIC).any(|known| *known == path);
            assert_eq!(public, meant, "{method} {path}");
            let refuses = operation["responses"]["401"].is_object();
            assert_eq!(refuses, !public, "{method} {path}");
        }
    }
}

pub fn every_reference_leads_somewhere<T: Sampled>() {
    fn references<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = Document::of::<T>();
    let mut found = Vec::new();
    references(document.value(), &mut found);
    assert!(!found.is_empty());
    for reference in found {
        assert!(document.at(reference).is_some(), "{reference}");
    }
}

pub fn every_string_number_and_list_of_a_schema_has_bounds<T: Sampled>() {
    let document = Document::of::<T>();
    let mut found = Vec::new();
    unbounded("", &document.value()["components"], &mut found);
    unbounded("", &document.value()["paths"], &mut found);
    assert_eq!(found, [""; 0]);
}

fn unbounded(at: &str, value: &Value, found: &mut Vec<String>) {
    if let Value::Array(items) = value {
        for item in items {
            unbounded(at, item, found);
        }
    }
    let is = |kind: &str| match &value["type"] {
        Value::String(name) => name == kind,
        Value::Array(names) => names.iter().any(|name| name == kind),
        _ => false,
    };
    let has = |name: &str| !value[name].is_null();
    if is("string") && !(has("maxLength") || has("enum"))
        || is("integer") && !(has("minimum") && has("maximum"))
        || is("array") && !has("maxItems")
    {
        found.push(at.to_owned());
    }
    for (name, value) in members(value) {
        unbounded(&format!("{at}/{name}"), value, found);
    }
}

pub fn an_answer_with_an_entity_tag_links_to_every_change_that_asks_for_one<T: Sampled>() {
    let document = Document::of::<T>();
    for sample in T::samples() {
        let item = format!("{}/{{id}}", sample.collection);
        let answers = [
            ("post", sample.collection, "201", "$response.body#/id"),
            ("get", &item, "200", "$request.path.id"),
        ];
        for (method, path, status, place) in answers {
            let answer = &document.operation(method, path)["responses"][status];
            for change in ["put", "patch", "delete"] {
                let change = &document.operation(change, &item)["operationId"];
                let Some(id) = change.as_str().filter(|_| answer.is_object()) else {
                    continue;
                };
                let parameters = json!({"id": place, "If-Match": "$response.header.ETag"});
                assert_eq!(answer["links"][id]["operationId"], id);
                assert_eq!(answer["links"][id]["parameters"], parameters);
            }
        }
    }
}
