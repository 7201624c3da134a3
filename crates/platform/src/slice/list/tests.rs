//! Which queries of a list are read, and what the document says of them.

use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::*;
use crate::{
    http::{problem::Problem, request::query::parse},
    slice::NoStates,
};

crate::states! {
    /// A light.
    Light as TrafficLight { Red = "red", Green = "green" }
    Red => Green;
}

fn read<S: State + DeserializeOwned>(query: &str) -> Result<ListQuery<S>, String> {
    parse(query).map_err(|problem| match problem {
        Problem::Malformed(found) | Problem::Unprocessable(found) => {
            let said = found.iter().map(|v| format!("{} {}", v.pointer, v.code));
            said.collect::<Vec<_>>().join(", ")
        }
        other => format!("{other:?}"),
    })
}

#[test]
fn a_query_of_nothing_asks_for_the_first_page_of_all() {
    let query = read::<Light>("").unwrap();
    assert_eq!(query.page().rows(), i64::from(DEFAULT_LIMIT) + 1);
    assert_eq!((query.cursor, query.status), (None, None));
}

#[test]
fn limit_cursor_and_state_are_read() {
    let cursor = Cursor(Uuid::max());
    let query = read(&format!(
        "limit=100&cursor={}&status=green",
        cursor.encode()
    ))
    .unwrap();
    assert_eq!(query.page().rows(), i64::from(MAX_LIMIT) + 1);
    assert_eq!(
        (query.cursor, query.status),
        (Some(cursor), Some(Light::Green))
    );
}

#[test]
fn every_other_query_is_refused_with_the_parameter_and_a_code() {
    for (query, said) in [
        ("limit=0", "/limit range"),
        ("limit=101", "/limit range"),
        ("limit=4294967295", "/limit range"),
        ("limit=4294967296", "/limit wrong_type"),
        ("limit=-1", "/limit wrong_type"),
        ("limit=%2B5", "/limit wrong_type"),
        ("limit=05", "/limit wrong_type"),
        ("limit=", "/limit wrong_type"),
        ("limit=1&limit=1", "/limit repeated"),
        ("cursor=", "/cursor wrong_type"),
        ("cursor=AAAAAAAAAAAAAAAAAAAAAB", "/cursor wrong_type"),
        ("status=blue", "/status unknown_value"),
        ("status=Red", "/status unknown_value"),
        ("status=", "/status unknown_value"),
        ("owner=alice", "/owner unknown_member"),
    ] {
        assert_eq!(read::<Light>(query).unwrap_err(), said, "{query}");
    }
}

#[test]
fn the_document_names_the_three_parameters_and_their_bounds() {
    let parameters = ListQuery::<Light>::into_params(|| Some(ParameterIn::Query));
    let parameters = serde_json::to_value(parameters).unwrap();
    let schema = |at: usize| &parameters[at]["schema"];
    let names: Vec<_> = (0..3).map(|at| &parameters[at]["name"]).collect();
    assert_eq!(names, ["limit", "cursor", "status"]);
    assert_eq!(
        (&schema(0)["minimum"], &schema(0)["maximum"]),
        (&1.into(), &MAX_LIMIT.into())
    );
    assert_eq!(schema(0)["default"], DEFAULT_LIMIT);
    assert_eq!(schema(2)["enum"], serde_json::json!(["red", "green"]));
    for at in 0..3 {
        assert_eq!(
            (&parameters[at]["in"], &parameters[at]["required"]),
            (&"query".into(), &false.into())
        );
    }
}

#[test]
fn rows_without_states_have_no_status_to_ask_for() {
    assert!(read::<NoStates>("limit=1").unwrap().status.is_none());
    let refused = read::<NoStates>("status=red").unwrap_err();
    assert_eq!(refused, "/status unknown_member");
    let parameters = ListQuery::<NoStates>::into_params(|| Some(ParameterIn::Query));
    let parameters = serde_json::to_value(parameters).unwrap();
    assert_eq!(parameters.as_array().unwrap().len(), 2);
}
