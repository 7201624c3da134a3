//! A body with one thing wrong is refused, creates nothing, and is not repeated in the answer.
//!
//! The cases are made from the sample, member by member. What a resource's own rules refuse is for
//! its own tests.

use serde_json::{Value, json};

use super::{Resource, each_resource_with};

/// Stands in the bodies. In an answer it would be an echo.
const MARKER: &str = "zq-conformance";

/// Bodies that no resource may accept: name, text, status.
fn hostile(content: &Value) -> Vec<(String, String, u16)> {
    let members = content.as_object().expect("a sample is an object");
    let text = content.to_string();
    let with = |member: &str, value: Value| {
        let mut content = content.clone();
        content[member] = value;
        content.to_string()
    };
    let mut cases = vec![
        ("an array".to_owned(), format!("[{text}]"), 400),
        (
            "the values by position".to_owned(),
            members.values().cloned().collect::<Value>().to_string(),
            400,
        ),
        ("null".to_owned(), "null".to_owned(), 400),
        ("text behind it".to_owned(), format!("{text} {MARKER}"), 400),
        (
            "a comma behind it".to_owned(),
            text.replacen('}', ",}", 1),
            400,
        ),
        (
            "a byte order mark".to_owned(),
            format!("\u{feff}{text}"),
            400,
        ),
        ("an unknown member".to_owned(), with(MARKER, json!(1)), 400),
        (
            "a prototype".to_owned(),
            with("__proto__", json!({ "admin": true })),
            400,
        ),
    ];
    for (member, value) in members {
        let twice = format!("{},{}:{value}}}", &text[..text.len() - 1], json!(member));
        cases.push((format!("{member} twice"), twice, 400));
        cases.push((
            format!("{member} as an object"),
            with(member, json!({ MARKER: 1 })),
            400,
        ));
        cases.push((
            format!("{member} as a list"),
            with(member, json!([value])),
            400,
        ));
        cases.push((
            format!("{member} as a truth value"),
            with(member, json!(true)),
            400,
        ));
        if value.is_string() {
            cases.push((
                format!("{member} as a number"),
                with(member, json!(0.5)),
                400,
            ));
            cases.push((
                format!("{member} with NUL"),
                with(member, json!(format!("{MARKER}\0"))),
                422,
            ));
            cases.push((
                format!("{member} without end"),
                with(member, json!("x".repeat(20_000))),
                422,
            ));
            cases.push((
                format!("{member} turned around"),
                with(member, json!(format!("{MARKER}\u{202e}"))),
                422,
            ));
        } else {
            cases.push((
                format!("{member} as text"),
                with(member, json!(MARKER)),
                400,
            ));
        }
    }
    cases
}

fn refused(resource: &Resource, method: &str, path: &str, content: &Value) {
    let cases = hostile(content);
    assert!(cases.len() >= 12, "{} cases", cases.len());
    for (name, body, status) in cases {
        let headers = [("content-type", "application/json"), ("if-match", "\"1\"")];
        let answer = resource.alice.send(method, path, &headers, body.as_bytes());
        assert_eq!(answer.status, status, "{method} with {name}: {answer}");
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(
            !text.contains(MARKER),
            "{method} with {name} is an echo: {text}"
        );
    }
}

#[test]
fn a_hostile_body_creates_nothing_and_is_not_repeated() {
    each_resource_with("POST", false, |resource| {
        refused(
            resource,
            "POST",
            resource.sample.collection,
            &(resource.sample.content)(),
        );
        assert!(resource.items(&resource.alice).is_empty());
    });
}

#[test]
fn a_hostile_body_replaces_nothing() {
    each_resource_with("PUT", true, |resource| {
        let row = resource.row(&resource.alice);
        let before = resource.alice.get(&row).to_string();
        refused(resource, "PUT", &row, &(resource.sample.content)());
        assert_eq!(resource.alice.get(&row).to_string(), before);
    });
}

#[test]
fn a_required_member_that_is_missing_is_named() {
    each_resource_with("POST", false, |resource| {
        let content = (resource.sample.content)();
        let members: Vec<String> = content.as_object().unwrap().keys().cloned().collect();
        let mut named = 0;
        for member in members {
            let mut without = content.clone();
            without.as_object_mut().unwrap().remove(&member);
            let answer = resource.alice.post(resource.sample.collection, &without);
            if answer.status != 201 {
                assert_eq!(
                    (answer.status, answer.errors()),
                    (400, vec![format!("/{member} missing_member")])
                );
                named += 1;
            }
        }
        assert!(
            named > 0,
            "no member of {} is required",
            resource.sample.collection
        );
    });
}

#[test]
fn a_patch_that_changes_nothing_or_too_much_is_refused() {
    each_resource_with("PATCH", true, |resource| {
        let row = resource.row(&resource.alice);
        let before = resource.alice.get(&row).to_string();
        for (patch, status) in [
            (json!({}), 422),
            (json!([]), 400),
            (json!({ "id": "x" }), 400),
            (json!({ "owner": "bob" }), 400),
            (json!({ MARKER: 1 }), 400),
        ] {
            let answer = resource.alice.patch(&row, "\"1\"", &patch);
            assert_eq!(answer.status, status, "{patch}: {answer}");
        }
        assert_eq!(resource.alice.get(&row).to_string(), before);
    });
}
