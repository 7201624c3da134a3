//! What is inside a body: a request may accept more, an answer may be less.

use serde_json::json;

use super::{breaks, edited, is_fine};

const CREATE: &str = "/paths/~1orders/post";
const SCHEMAS: &str = "/components/schemas";

#[test]
fn texts_for_people_change_nothing() {
    for member in ["description", "examples", "title", "x-note"] {
        let edited = edited(&format!("{SCHEMAS}/Name"), member, Some(json!("other")));
        assert_eq!(edited, (vec![], vec![]), "{member}");
    }
}

#[test]
fn a_request_may_accept_more_and_not_less() {
    let name = &format!("{SCHEMAS}/Name");
    breaks(
        name,
        "maxLength",
        json!(10),
        "request Name: accepts less: maxLength was 20 and is 10",
    );
    is_fine(
        name,
        "maxLength",
        json!(30),
        "request Name: accepts more: maxLength was 20 and is 30",
    );
    breaks(
        name,
        "minLength",
        json!(2),
        "request Name: accepts less: minLength was 1 and is 2",
    );
    is_fine(
        name,
        "minLength",
        None,
        "request Name: accepts more: minLength was 1 and is nothing",
    );
    breaks(
        name,
        "format",
        json!("email"),
        "request Name: accepts less: format was nothing and is \"email\"",
    );
    breaks(
        name,
        "type",
        json!("integer"),
        "request Name: is another: type was \"string\" and is \"integer\"",
    );
    is_fine(
        name,
        "type",
        json!(["string", "null"]),
        "request Name: accepts more: type was \"string\" and is [\"string\",\"null\"]",
    );
    let content = &format!("{SCHEMAS}/Content");
    breaks(
        &format!("{content}/required"),
        "",
        json!("memo"),
        "request Content: accepts less: required was [\"name\"] and is [\"name\",\"memo\"]",
    );
    breaks(
        &format!("{content}/properties"),
        "memo",
        None,
        "request Content: the member memo is gone",
    );
    is_fine(
        &format!("{content}/properties"),
        "note",
        json!({}),
        "request Content: the member note is new",
    );
    let memo = format!("{content}/properties/memo/oneOf");
    breaks(
        &memo,
        "",
        None,
        "request Content, member memo: has other alternatives",
    );
    is_fine(
        &memo,
        "",
        json!({"type": "integer"}),
        "request Content, member memo: has other alternatives",
    );
    let body = format!("{CREATE}/requestBody/content");
    let edited = edited(&body, "application/json", None).0;
    assert_eq!(edited, ["POST /orders, body: application/json is gone"]);
}

#[test]
fn an_answer_may_be_less_and_not_more() {
    let status = format!("{SCHEMAS}/Status/enum");
    let more =
        r#"answer Status: may be more: enum was ["draft","paid"] and is ["draft","paid","void"]"#;
    breaks(&status, "", json!("void"), more);
    let less = r#"answer Status: is less: enum was ["draft","paid"] and is ["draft"]"#;
    is_fine(&status, "", None, less);
    let order = format!("{SCHEMAS}/Order");
    let gone = r#"answer Order: may be more: required was ["name","status"] and is ["name"]"#;
    breaks(&format!("{order}/required"), "", None, gone);
    breaks(
        &format!("{order}/properties"),
        "name",
        None,
        "answer Order: the member name is gone",
    );
    is_fine(
        &format!("{order}/properties"),
        "id",
        json!({}),
        "answer Order: the member id is new",
    );
    let parent = format!("{order}/properties/parent/oneOf");
    is_fine(
        &parent,
        "",
        None,
        "answer Order, member parent: has other alternatives",
    );
    breaks(
        &parent,
        "",
        json!({"type": "string"}),
        "answer Order, member parent: has other alternatives",
    );
}

#[test]
fn a_keyword_without_a_rule_breaks() {
    breaks(
        &format!("{SCHEMAS}/Name"),
        "contentEncoding",
        json!("base64"),
        "request Name: is another: contentEncoding was nothing and is \"base64\"",
    );
}

#[test]
fn a_closed_schema_accepts_less_than_an_open_one() {
    let content = &format!("{SCHEMAS}/Content");
    is_fine(
        content,
        "additionalProperties",
        json!(true),
        "request Content: accepts more: additionalProperties was false and is true",
    );
    let order = &format!("{SCHEMAS}/Order");
    is_fine(
        order,
        "additionalProperties",
        json!(false),
        "answer Order: is less: additionalProperties was nothing and is false",
    );
    breaks(
        order,
        "additionalProperties",
        json!({"type": "string"}),
        r#"answer Order: is another: additionalProperties was nothing and is {"type":"string"}"#,
    );
}

#[test]
fn a_list_of_anything_is_more_than_a_list_of_something() {
    let list = "/paths/~1orders/get/responses/200/content/application~1json/schema";
    let more = "GET /orders, answer 200, each item: may be more: any value";
    breaks(list, "items", None, more);
    let name = &format!("{SCHEMAS}/Name");
    let less = "request Name, each item: accepts less: a schema";
    breaks(name, "items", json!({"type": "string"}), less);
}

#[test]
fn alternatives_may_not_appear_in_a_request() {
    let name = &format!("{SCHEMAS}/Name");
    breaks(
        name,
        "anyOf",
        json!([{"minLength": 2}]),
        "request Name: accepts less: alternatives",
    );
    let memo = format!("{SCHEMAS}/Content/properties/memo");
    is_fine(
        &memo,
        "oneOf",
        None,
        "request Content, member memo: accepts more: alternatives",
    );
}
