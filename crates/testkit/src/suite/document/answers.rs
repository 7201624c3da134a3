//! What the document declares is what the running service answers, in both directions: every status,
//! header field and media type that is seen is declared, and what is declared is seen.
//!
//! The document is made from the route table, so comparing the two proves nothing about the service.

use std::collections::BTreeSet;

use platform::http::{
    contract::{access::Access, media_type::MediaType},
    routing::route::Operation,
};
use serde_json::Value;

use super::{Document, members, provoked::answers, subject::Answer};
use crate::{at_least, suite::Sampled};

/// Declared, and provoked by no request to an operation of the real route table: a defect of ours, and
/// something away that the service stands on. Tests of the platform have handlers and stores for both.
const NOT_PROVOKED: [&str; 2] = ["500", "503"];

/// Header fields of every response; the harness checks their values on each one.
const OF_EVERY_RESPONSE: [&str; 14] = [
    "strict-transport-security",
    "x-content-type-options",
    "cache-control",
    "content-security-policy",
    "x-frame-options",
    "referrer-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "x-permitted-cross-domain-policies",
    "x-robots-tag",
    // Framing, which HTTP describes.
    "connection",
    "content-length",
    "content-type",
    "date",
];
/// Where CORS is configured.
const OF_CORS: [&str; 2] = ["vary", "access-control-expose-headers"];

pub fn what_the_document_declares_is_what_the_service_answers<T: Sampled>() {
    let document = Document::of::<T>();
    let operations = T::service().routes().operations().len();
    let answers = at_least(10 * operations, answers::<T>());
    for answer in &answers {
        let declared = &operation(&document, answer)["responses"];
        let declared = document.resolved(&declared[&answer.response.status.to_string()]);
        assert!(declared.is_object(), "{answer} is not declared");
        header_fields(&document, declared, answer);
        content(&document, declared, answer);
    }
    let missing = declared_and_not_seen(&document, &answers, has_every_kind::<T>());
    assert_eq!(missing, BTreeSet::new(), "declared, and never seen");
}

fn operation<'d>(document: &'d Document, answer: &Answer) -> &'d Value {
    document.operation(&answer.method, &answer.path)
}

/// Each header field is declared, and its value is what its schema describes.
fn header_fields(document: &Document, declared: &Value, answer: &Answer) {
    for (name, value) in &answer.response.headers {
        if OF_EVERY_RESPONSE.contains(&name.as_str()) || OF_CORS.contains(&name.as_str()) {
            continue;
        }
        let field = members(&declared["headers"])
            .find(|(declared, _)| declared.eq_ignore_ascii_case(name))
            .unwrap_or_else(|| panic!("{name} of {answer} is not declared"));
        let schema = &document.resolved(field.1)["schema"];
        if schema["type"] == "integer" {
            let number: i64 = value.parse().expect("a number");
            let (least, most) = (&schema["minimum"], &schema["maximum"]);
            assert!((least.as_i64().unwrap()..=most.as_i64().unwrap()).contains(&number));
        } else {
            let most = schema["maxLength"].as_u64().unwrap();
            assert!(value.chars().count() as u64 <= most, "{name} of {answer}");
        }
    }
}

/// The media type is declared; a JSON body has the members of its schema, all that are required.
fn content(document: &Document, declared: &Value, answer: &Answer) {
    let Some(media_type) = answer.response.find("content-type") else {
        assert!(declared["content"].is_null(), "{answer} has no content");
        return;
    };
    if answer.method == "HEAD" {
        return;
    }
    let content = &declared["content"][media_type];
    assert!(
        content.is_object(),
        "{media_type} of {answer} is not declared"
    );
    let schema = document.resolved(&content["schema"]);
    if !schema["properties"].is_object() {
        return;
    }
    let body = answer.response.json();
    for (name, _) in members(&body) {
        assert!(schema["properties"][name].is_object(), "{name} of {answer}");
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(
            !body[name.as_str().unwrap()].is_null() || nullable(schema, name),
            "{name} of {answer}"
        );
    }
}

fn nullable(schema: &Value, name: &Value) -> bool {
    let property = &schema["properties"][name.as_str().unwrap()];
    property.to_string().contains("\"null\"")
}

/// Whether the service has an operation of every kind. A response that operations share has the fields of
/// all kinds, so they are due only where all kinds are.
fn has_every_kind<T: Sampled>() -> bool {
    let operations = T::service().routes().operations();
    let has = |kind: &dyn Fn(&Operation) -> bool| operations.iter().any(kind);
    let recent =
        |operation: &Operation| matches!(operation.access, Access::Permission { recent: true, .. });
    let reads = |media_type| move |operation: &Operation| operation.consumes == Some(media_type);
    has(&recent) && has(&reads(MediaType::Json)) && has(&reads(MediaType::MergePatch))
}

/// Statuses of operations, and header fields of the responses that describe them.
fn declared_and_not_seen(
    document: &Document,
    answers: &[Answer],
    shared: bool,
) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for answer in answers {
        let status = answer.response.status.to_string();
        let declared = &operation(document, answer)["responses"][&status];
        let place = place(declared, &answer.name(), &status);
        let fields = answer.response.headers.iter();
        seen.extend(fields.map(|(name, _)| format!("{name} of {place}")));
        seen.insert(format!("{status} of {}", answer.name()));
    }
    let mut declared_here = BTreeSet::new();
    for (path, item) in members(&document.value()["paths"]) {
        for (method, operation) in members(item) {
            let name = format!("{} {path}", method.to_uppercase());
            for (status, declared) in members(&operation["responses"]) {
                if NOT_PROVOKED.contains(&status) {
                    continue;
                }
                declared_here.insert(format!("{status} of {name}"));
                if declared["$ref"].is_string() && !shared {
                    continue;
                }
                let place = place(declared, &name, status);
                let fields = members(&document.resolved(declared)["headers"]);
                declared_here.extend(
                    fields.map(|(field, _)| format!("{} of {place}", field.to_lowercase())),
                );
            }
        }
    }
    declared_here.difference(&seen).cloned().collect()
}

/// A response that several operations share, or one of its own.
fn place(declared: &Value, name: &str, status: &str) -> String {
    declared["$ref"]
        .as_str()
        .map_or_else(|| format!("{status} of {name}"), str::to_owned)
}
