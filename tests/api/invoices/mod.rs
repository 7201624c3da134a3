//! Invoices, operation by operation.

mod bound;
mod change;
mod create;
mod delete;
mod idempotency;
mod list;
mod read;
mod replace;
mod text;

use serde_json::{Value, json};

use crate::{
    conformance::Sample,
    harness::{Actor, Response},
};

/// For the tests that every resource passes.
pub fn sample() -> Sample {
    Sample {
        collection: "/v1/invoices",
        roles: &["editor"],
        content,
        other_content: || content_with("amount_minor", json!(2001)),
        patch: || json!({ "memo": "Thank you." }),
    }
}

/// Content that keeps every rule.
pub fn content() -> Value {
    json!({
        "customer_name": "Ada Lovelace",
        "customer_email": "ada@example.com",
        "amount_minor": 1999,
        "currency": "EUR",
        "due_on": "2030-01-31",
    })
}

/// That content with one member changed.
pub fn content_with(member: &str, value: Value) -> Value {
    let mut content = content();
    content[member] = value;
    content
}

/// A new draft of this actor's: its path.
pub fn draft(actor: &Actor) -> String {
    let created = actor.post("/v1/invoices", &content());
    assert_eq!(created.status, 201, "{created}");
    created.header("location").to_owned()
}

/// Issues the invoice at `path`.
pub fn issue(approver: &Actor, path: &str) -> Response {
    let issued = approver.patch(path, "\"1\"", &json!({ "status": "issued" }));
    assert_eq!(issued.status, 200, "{issued}");
    issued
}
