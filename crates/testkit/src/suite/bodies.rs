//! A body with one thing wrong is refused, changes nothing, and is not repeated in the answer.
//!
//! The cases are made from content that keeps every rule, member by member, and sent by every operation
//! that reads a body.
//!
//! Controls: IN-01

use serde_json::{Value, json};

use super::{
    Sampled,
    resource::{Resource, each_resource_with},
};
use crate::{at_least, elsewhere};

/// Stands in the bodies. In an answer it would be an echo.
const MARKER: &str = "zq-suite";

/// What a body is refused with: its shape, or its shape or a rule of the member.
const SHAPE: &[u16] = &[400];
const SHAPE_OR_RULE: &[u16] = &[400, 422];

struct Case {
    name: String,
    body: String,
    statuses: &'static [u16],
}

fn case(name: impl Into<String>, body: String, statuses: &'static [u16]) -> Case {
    Case {
        name: name.into(),
        body,
        statuses,
    }
}

/// Bodies that no operation may accept.
fn hostile(content: &Value) -> Vec<Case> {
    let members = content.as_object().expect("an object");
    let text = content.to_string();
    let with = |member: &str, value: Value| {
        let mut content = content.clone();
        content[member] = value;
        content.to_string()
    };
    let by_position: Value = members.values().cloned().collect();
    let mut cases = vec![
        case("no JSON", "{".to_owned(), SHAPE),
        case("an array", format!("[{text}]"), SHAPE),
        case("the values by position", by_position.to_string(), SHAPE),
        case("null", "null".to_owned(), SHAPE),
        case("text behind it", format!("{text} {MARKER}"), SHAPE),
        case(
            "a comma too many",
            format!("{},}}", &text[..text.len() - 1]),
            SHAPE,
        ),
        case("a byte order mark", format!("\u{feff}{text}"), SHAPE),
        case("an unknown member", with(MARKER, json!(1)), SHAPE),
        case(
            "a prototype",
            with("__proto__", json!({ "admin": true })),
            SHAPE,
        ),
    ];
    for (member, value) in members {
        let twice = format!("{},{}:{value}}}", &text[..text.len() - 1], json!(member));
        cases.push(case(format!("{member} twice"), twice, SHAPE));
        let mut wrong = |kind: &str, other: Value, statuses| {
            cases.push(case(
                format!("{member} {kind}"),
                with(member, other),
                statuses,
            ));
        };
        if !value.is_object() {
            wrong("as an object", json!({ MARKER: 1 }), SHAPE);
        }
        if !value.is_array() {
            wrong("as a list", json!([value]), SHAPE);
        }
        if !value.is_boolean() {
            wrong("as a truth value", json!(true), SHAPE);
        }
        if value.is_string() {
            wrong("as a number", json!(0.5), SHAPE);
            wrong("with NUL", json!(format!("{MARKER}\0")), SHAPE_OR_RULE);
            wrong("without end", json!("x".repeat(20_000)), SHAPE_OR_RULE);
            wrong(
                "turned around",
                json!(format!("{MARKER}\u{202e}")),
                SHAPE_OR_RULE,
            );
        } else {
            wrong("as text", json!(MARKER), SHAPE);
        }
    }
    cases
}

pub fn a_hostile_body_changes_nothing_and_is_not_repeated<T: Sampled>() {
    each_resource_with::<T>("POST", false, |resource| {
        for (operation, path) in resource.writing() {
            let method = operation.method.as_str();
            let writer = resource.writer(operation);
            let before = writer.get(&path).to_string();
            let content = match method {
                "PATCH" => resource.sample.patch(),
                _ => resource.sample.fresh(),
            };
            for Case {
                name,
                body,
                statuses,
            } in at_least(12, hostile(&content))
            {
                let if_match = [("if-match", "\"1\"")];
                let answer = resource.send(writer, method, &path, &if_match, &body);
                let what = format!("{method} with {name}");
                let due = statuses.contains(&answer.status)
                    || elsewhere::stopped_by_a_gateway(&answer, &what);
                assert!(due, "{what}: {answer}");
                let text = String::from_utf8_lossy(&answer.body).into_owned();
                assert!(
                    !text.contains(MARKER),
                    "{method} with {name} is an echo: {text}"
                );
            }
            assert_eq!(writer.get(&path).to_string(), before, "{method}");
        }
    });
}

pub fn a_patch_of_nothing_is_refused_and_makes_no_version<T: Sampled>() {
    each_resource_with::<T>("PATCH", true, |resource: &Resource<T>| {
        let row = resource.row(&resource.alice);
        let before = resource.shown(&row);
        let answer = resource.alice.patch(&row, "\"1\"", &json!({}));
        assert_eq!(
            (answer.status, answer.errors()),
            (422, vec![" empty".to_owned()])
        );
        assert_eq!(resource.shown(&row), before);
    });
}
