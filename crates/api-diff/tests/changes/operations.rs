//! Operations, their callers, parameters and answers.

use serde_json::json;

use super::{breaks, is_fine};

const LIST: &str = "/paths/~1orders/get";
const CREATE: &str = "/paths/~1orders/post";

#[test]
fn an_operation_may_come_and_not_go() {
    breaks(
        "/paths/~1orders",
        "post",
        None,
        "POST /orders: the operation is gone",
    );
    is_fine(
        "/paths/~1orders",
        "put",
        json!({}),
        "PUT /orders: the operation is new",
    );
}

#[test]
fn a_caller_who_was_let_in_is_let_in() {
    let asks = "GET /orders: it asks for a permission that it did not ask for";
    breaks(
        &format!("{LIST}/security/0/bearer"),
        "",
        json!("orders:any"),
        asks,
    );
    is_fine(
        LIST,
        "security",
        json!([]),
        "GET /orders: more callers may call it",
    );
    let way = format!("{CREATE}/security");
    breaks(
        &way,
        "",
        None,
        "POST /orders: it asks for a permission that it did not ask for",
    );
    is_fine(
        &way,
        "",
        json!({"bearer": ["x"]}),
        "POST /orders: more callers may call it",
    );
}

#[test]
fn a_parameter_may_come_and_not_go_nor_be_asked_for() {
    let list = format!("{LIST}/parameters");
    breaks(
        &list,
        "",
        None,
        "GET /orders: the query parameter limit is gone",
    );
    is_fine(
        &list,
        "",
        json!({"in": "query", "name": "sort"}),
        "GET /orders: the query parameter sort is new",
    );
    breaks(
        &list,
        "",
        json!({"in": "header", "name": "If-Match", "required": true}),
        "GET /orders: the header parameter If-Match is new and required",
    );
    breaks(
        &format!("{list}/0"),
        "required",
        json!(true),
        "GET /orders: the query parameter limit is required now",
    );
    breaks(
        &format!("{list}/0/schema"),
        "maximum",
        json!(50),
        "GET /orders, query parameter limit: accepts less: maximum was 100 and is 50",
    );
    is_fine(
        &format!("{list}/0/schema"),
        "minimum",
        json!(0),
        "GET /orders, query parameter limit: accepts more: minimum was 1 and is 0",
    );
}

#[test]
fn a_success_stays_and_an_error_may_come() {
    let answers = &format!("{LIST}/responses");
    breaks(
        answers,
        "200",
        None,
        "GET /orders: 200 is no answer any more",
    );
    breaks(
        answers,
        "202",
        json!({}),
        "GET /orders: 202 is a new answer",
    );
    is_fine(
        answers,
        "503",
        json!({}),
        "GET /orders: 503 is a new answer",
    );
    is_fine(
        answers,
        "429",
        None,
        "GET /orders: 429 is no answer any more",
    );
    breaks(
        &format!("{answers}/200/headers"),
        "ETag",
        None,
        "GET /orders, answer 200: the header ETag is gone",
    );
    breaks(
        &format!("{answers}/200/content"),
        "application/json",
        None,
        "GET /orders, answer 200: application/json is gone",
    );
}

#[test]
fn a_body_may_become_optional() {
    is_fine(
        &format!("{CREATE}/requestBody"),
        "required",
        None,
        "POST /orders: the body is optional now",
    );
    breaks(
        CREATE,
        "requestBody",
        None,
        "POST /orders: it reads no body any more",
    );
    is_fine(
        LIST,
        "requestBody",
        json!({}),
        "GET /orders: it reads a body now",
    );
    breaks(
        LIST,
        "requestBody",
        json!({"required": true}),
        "GET /orders: it reads a body now",
    );
}
