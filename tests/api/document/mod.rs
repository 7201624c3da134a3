//! The OpenAPI document says what the router does.
//!
//! Controls: DO-01

mod answers;
mod calls;
mod names;
mod provoked;

use std::collections::BTreeSet;

use serde_json::Value;

pub fn document() -> Value {
    serde_json::from_str(
        &platform::openapi::json(&app::service().about(), &app::service().routes()).unwrap(),
    )
    .unwrap()
}

/// The members of an object; none where there is no object.
pub fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = value.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.as_str(), value))
}
/// What a reference leads to; anything else is itself.
pub fn resolved<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    match value["$ref"].as_str() {
        Some(reference) => document
            .pointer(reference.strip_prefix('#').unwrap())
            .unwrap_or_else(|| panic!("{reference}")),
        None => value,
    }
}

#[test]
fn the_committed_document_is_the_generated_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let generated =
        platform::openapi::json(&app::service().about(), &app::service().routes()).unwrap();
    assert!(
        committed == generated,
        "openapi/openapi.json is out of date; run: cargo run -q -- openapi > openapi/openapi.json"
    );
}

#[test]
fn every_route_is_in_the_document_and_nothing_else_is() {
    let routes: BTreeSet<String> = app::service()
        .routes()
        .operations()
        .iter()
        .map(|operation| format!("{} {}", operation.method, operation.path))
        .collect();
    let document = document();
    let described: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    assert_eq!(described, routes);
}

#[test]
fn every_operation_has_its_own_id_and_says_who_may_call_it() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(
                ids.insert(operation["operationId"].as_str().unwrap()),
                "{method} {path}"
            );
            let public = operation["security"] == serde_json::json!([]);
            assert_eq!(
                public,
                ["/healthz", "/.well-known/security.txt"].contains(&path.as_str()),
                "{method} {path}"
            );
            let responses = operation["responses"].as_object().unwrap();
            assert_eq!(responses.contains_key("401"), !public, "{method} {path}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
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
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn every_string_number_and_list_of_a_schema_has_bounds() {
    fn unbounded(at: &str, value: &Value, found: &mut Vec<String>) {
        let Value::Object(members) = value else {
            if let Value::Array(items) = value {
                for item in items {
                    unbounded(at, item, found);
                }
            }
            return;
        };
        let is = |kind: &str| match &members.get("type") {
            Some(Value::String(name)) => name == kind,
            Some(Value::Array(names)) => names.iter().any(|name| name == kind),
            _ => false,
        };
        let has = |name: &str| members.contains_key(name);
        if is("string") && !(has("maxLength") || has("enum"))
            || is("integer") && !(has("minimum") && has("maximum"))
            || is("array") && !has("maxItems")
        {
            found.push(at.to_owned());
        }
        for (name, value) in members {
            unbounded(&format!("{at}/{name}"), value, found);
        }
    }
    let document = document();
    let mut found = Vec::new();
    unbounded("", &document["components"], &mut found);
    unbounded("", &document["paths"], &mut found);
    assert_eq!(found, [""; 0]);
}

#[test]
fn an_answer_with_an_entity_tag_links_to_every_change_that_asks_for_one() {
    let document = document();
    let paths = &document["paths"];
    let created = &paths["/v1/invoices"]["post"]["responses"]["201"]["links"];
    let read = &paths["/v1/invoices/{id}"]["get"]["responses"]["200"]["links"];
    for method in ["put", "patch", "delete"] {
        let id = paths["/v1/invoices/{id}"][method]["operationId"]
            .as_str()
            .unwrap();
        for (links, place) in [(created, "$response.body#/id"), (read, "$request.path.id")] {
            let parameters = serde_json::json!({"id": place, "If-Match": "$response.header.ETag"});
            assert_eq!(links[id]["operationId"], id);
            assert_eq!(links[id]["parameters"], parameters);
        }
    }
}
