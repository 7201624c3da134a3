//! Each member keeps its rules in every operation that writes it, and no request writes a member that the
//! server decides (API3:2023).
//!
//! Which members there are, which are required and how long they may be is read from the document; what
//! else is wrong with a value stands in the sample.
//!
//! Controls: AZ-06, AZ-07, IN-01

use std::collections::BTreeSet;

use platform::http::routing::route::Operation;
use serde_json::{Value, json};

use super::{
    Sampled,
    document::members,
    resource::{Resource, each_resource_with},
};
use crate::{Response, elsewhere};

/// A new row has this version.
const FIRST: [(&str, &str); 1] = [("if-match", "\"1\"")];

/// The operation that creates.
fn creation<T: Sampled>(resource: &Resource<T>) -> &Operation {
    let mut creations = resource
        .operations(false)
        .filter(|operation| operation.method == "POST");
    creations.next().expect("POST")
}

/// Content, or for a patch nothing, with one member whose value is this JSON text.
fn body_with<T: Sampled>(
    resource: &Resource<T>,
    operation: &Operation,
    member: &str,
    value: &str,
) -> String {
    let mut content = match operation.method.as_str() {
        "PATCH" => json!({}),
        _ => resource.sample.fresh(),
    };
    let others = content.as_object_mut().expect("an object");
    others.remove(member);
    let others: Vec<_> = others
        .iter()
        .map(|(name, value)| format!("{}:{value}", json!(name)))
        .collect();
    let one = format!("{}:{value}", json!(member));
    format!("{{{}}}", [others, vec![one]].concat().join(","))
}

/// Sends it to each operation that writes and is `meant`.
fn each_answer<T: Sampled>(
    resource: &Resource<T>,
    member: &str,
    value: &str,
    meant: impl Fn(&Operation) -> bool,
    check: impl Fn(&Operation, Response),
) {
    for (operation, path) in resource.writing().filter(|(operation, _)| meant(operation)) {
        let body = body_with(resource, operation, member, value);
        let method = operation.method.as_str();
        check(
            operation,
            resource.send(&resource.alice, method, &path, &FIRST, &body),
        );
    }
}

fn has<T: Sampled>(resource: &Resource<T>, operation: &Operation, member: &str) -> bool {
    resource.document.request(operation)["properties"][member].is_object()
}

/// The version that is there; a collection has none.
fn tag<T: Sampled>(resource: &Resource<T>, path: &str) -> String {
    resource
        .alice
        .get(path)
        .find("etag")
        .unwrap_or("\"1\"")
        .to_owned()
}

fn names(schema: &Value) -> BTreeSet<&str> {
    members(&schema["properties"])
        .map(|(name, _)| name)
        .collect()
}

pub fn a_sample_has_every_member_and_breaks_each<T: Sampled>() {
    each_resource_with::<T>("POST", false, |resource| {
        let schema = resource.document.request(creation(resource));
        let content = resource.sample.fresh();
        let written: BTreeSet<&str> = members(&content).map(|(name, _)| name).collect();
        assert_eq!(
            written,
            names(schema),
            "content of {}",
            resource.sample.collection
        );
        let broken = resource.sample.broken.iter().map(|(member, ..)| *member);
        let broken: BTreeSet<&str> = broken.filter(|member| written.contains(member)).collect();
        assert_eq!(
            broken, written,
            "broken members of {}",
            resource.sample.collection
        );
    });
}

pub fn each_broken_member_is_named_with_its_code_and_changes_nothing<T: Sampled>() {
    each_resource_with::<T>("POST", false, |resource| {
        for (member, value, status, code) in resource.sample.broken {
            let mut asked = 0;
            for (operation, path) in resource.writing() {
                // A member that an operation does not have is unknown to it, and only there.
                if has(resource, operation, member) == (*code == "unknown_member") {
                    continue;
                }
                asked += 1;
                let writer = resource.writer(operation);
                let shown = writer.get(&path).to_string();
                let body = body_with(resource, operation, member, value);
                let method = operation.method.as_str();
                let answer = resource.send(writer, method, &path, &FIRST, &body);
                let what = format!("{method} with {member} = {value}");
                if !elsewhere::stopped_by_a_gateway(&answer, &what) {
                    let told = (answer.status, answer.errors());
                    let due = (*status, vec![format!("/{member} {code}")]);
                    assert_eq!(told, due, "{what}");
                }
                let text = String::from_utf8_lossy(&answer.body).into_owned();
                let value = value.trim_matches('"');
                assert!(value.len() < 6 || !text.contains(value), "an echo: {text}");
                assert_eq!(
                    writer.get(&path).to_string(),
                    shown,
                    "{method} with {member}"
                );
            }
            assert!(asked > 0, "no operation has {member}");
        }
    });
}

pub fn values_at_the_edge_of_a_rule_are_kept_as_they_are<T: Sampled>() {
    each_resource_with::<T>("POST", false, |resource| {
        for (member, value) in resource.sample.edges {
            let meant = |operation: &Operation| has(resource, operation, member);
            each_answer(resource, member, value, meant, |operation, answer| {
                let value: Value = serde_json::from_str(value).expect("JSON");
                let method = &operation.method;
                assert!(
                    [200, 201].contains(&answer.status),
                    "{method} {member} = {value}: {answer}"
                );
                assert_eq!(answer.json()[*member], value, "{method} {member}");
            });
        }
    });
}

/// What a row shows and its content does not have: nobody writes it.
pub fn what_the_server_decides_is_written_by_no_request<T: Sampled>() {
    each_resource_with::<T>("POST", false, |resource| {
        let creation = creation(resource);
        let shown = names(resource.document.response(creation));
        let guessed = ["owner", "owner_subject", "owner_issuer", "id", "version"];
        for member in shown.into_iter().chain(guessed) {
            let unknown = |operation: &Operation| !has(resource, operation, member);
            each_answer(resource, member, "\"bob\"", unknown, |operation, answer| {
                let told = (answer.status, answer.errors());
                let due = (400, vec![format!("/{member} unknown_member")]);
                assert_eq!(told, due, "{}", operation.method);
            });
        }
        assert!(resource.items(&resource.bob).is_empty());
    });
}

pub fn a_required_member_that_is_missing_is_named_and_others_may_be<T: Sampled>() {
    each_resource_with::<T>("POST", false, |resource| {
        let content = resource
            .writing()
            .filter(|(operation, _)| operation.method != "PATCH");
        for (operation, path) in content {
            let schema = resource.document.request(operation);
            for member in names(schema) {
                let mut without = resource.sample.fresh();
                without.as_object_mut().unwrap().remove(member);
                let tag = tag(resource, &path);
                let if_match = [("if-match", tag.as_str())];
                let (method, body) = (operation.method.as_str(), without.to_string());
                let answer = resource.send(&resource.alice, method, &path, &if_match, &body);
                let required = schema["required"].as_array().into_iter().flatten();
                if required.into_iter().any(|name| name == member) {
                    let told = (answer.status, answer.errors());
                    assert_eq!(
                        told,
                        (400, vec![format!("/{member} missing_member")]),
                        "{method}"
                    );
                } else {
                    let accepted = (200..300).contains(&answer.status);
                    assert!(accepted, "{method} without {member}: {answer}");
                }
            }
        }
    });
}

pub fn only_a_member_that_may_be_absent_may_be_null<T: Sampled>() {
    each_resource_with::<T>("POST", false, |resource| {
        for (operation, path) in resource.writing() {
            let schema = resource.document.request(operation);
            for (member, _, nullable) in resource.document.properties(schema) {
                let body = body_with(resource, operation, member, "null");
                let tag = tag(resource, &path);
                let if_match = [("if-match", tag.as_str())];
                let method = operation.method.as_str();
                let answer = resource.send(&resource.alice, method, &path, &if_match, &body);
                if nullable {
                    assert!(
                        (200..300).contains(&answer.status),
                        "{method} {member}: {answer}"
                    );
                    assert!(
                        answer.json()[member].is_null(),
                        "{method} {member}: {answer}"
                    );
                } else {
                    let told = (answer.status, answer.errors());
                    assert_eq!(
                        told,
                        (400, vec![format!("/{member} wrong_type")]),
                        "{method}"
                    );
                }
            }
        }
    });
}

/// The document is a promise of what is too long and what is out of range.
pub fn a_value_beyond_the_bounds_of_the_document_is_refused<T: Sampled>() {
    each_resource_with::<T>("POST", false, |resource| {
        for (operation, _) in resource.writing() {
            let schema = resource.document.request(operation);
            for (member, schema, _) in resource.document.properties(schema) {
                let too_long = schema["maxLength"].as_u64().map(|most| {
                    let most = usize::try_from(most).unwrap();
                    json!("x".repeat(most + 1)).to_string()
                });
                let beyond = |bound: &str, step: i64| {
                    let bound = schema[bound].as_i64()?;
                    Some(bound.checked_add(step)?.to_string())
                };
                let values = [too_long, beyond("minimum", -1), beyond("maximum", 1)];
                for value in values.into_iter().flatten() {
                    let this = |other: &Operation| other.id == operation.id;
                    each_answer(resource, member, &value, this, |operation, answer| {
                        let refused = [400, 422].contains(&answer.status);
                        assert!(refused, "{} {member} = {value}: {answer}", operation.method);
                    });
                }
            }
        }
    });
}
