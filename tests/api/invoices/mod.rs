//! Invoices: the sample, from which the suite makes most tests, and what is particular about them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod change;
mod create;
mod list;

use serde_json::{Value, json};

use crate::harness::{
    Actor, Actors, Ours, Response,
    suite::{Mover, Sample, States},
};

type Service = testkit::Service<Ours>;

/// Somebody with one role of this service.
trait Roles: Actors {
    fn reader(&self, subject: &str) -> Actor {
        self.actor(subject, &["reader"])
    }

    fn editor(&self, subject: &str) -> Actor {
        self.actor(subject, &["editor"])
    }

    fn approver(&self, subject: &str) -> Actor {
        self.actor(subject, &["approver"])
    }

    fn auditor(&self, subject: &str) -> Actor {
        self.actor(subject, &["auditor"])
    }
}

impl<T: Actors> Roles for T {}

/// For the claims that every resource keeps.
pub fn sample() -> Sample {
    Sample {
        collection: "/v1/invoices",
        roles: &["editor"],
        content: |number| {
            json!({
                "customer_name": "Ada Lovelace",
                "customer_email": "ada@example.com",
                "amount_minor": 1000 + number,
                "currency": "EUR",
                "due_on": "2030-01-31",
                "memo": "Thank you.",
            })
        },
        broken: BROKEN,
        edges: EDGES,
        states: Some(States {
            member: "status",
            arrows: &[
                ("draft", "issued"),
                ("issued", "paid"),
                ("draft", "void"),
                ("issued", "void"),
            ],
            mover: Mover::Another(&["approver"]),
            illegal: "illegal_transition",
            fixed: Some("not_a_draft"),
        }),
        ..Sample::NONE
    }
}

const BROKEN: &[(&str, &str, u16, &str)] = &[
    ("customer_name", r#""""#, 422, "blank"),
    ("customer_name", r#"" \u200B""#, 422, "blank"),
    ("customer_name", r#""a\u0000b""#, 422, "forbidden_character"),
    (
        "customer_name",
        r#""Ada\r\nLovelace""#,
        422,
        "forbidden_character",
    ),
    ("customer_name", r#"["Ada"]"#, 400, "wrong_type"),
    (
        "customer_email",
        r#""not an address""#,
        422,
        "not_an_email_address",
    ),
    (
        "customer_email",
        r#""a@b.example, Bcc: x[1.2.3.4]""#,
        422,
        "not_an_email_address",
    ),
    ("customer_email", r#""a@b@c""#, 422, "not_an_email_address"),
    ("amount_minor", "0", 422, "out_of_range"),
    ("amount_minor", "-1", 422, "out_of_range"),
    ("amount_minor", "1000000000000", 422, "out_of_range"),
    ("amount_minor", "19.99", 400, "wrong_type"),
    ("amount_minor", "\"1999\"", 400, "wrong_type"),
    ("currency", r#""eur""#, 422, "unknown_currency"),
    ("currency", r#""EUX""#, 422, "unknown_currency"),
    ("currency", r#""XXX""#, 422, "unknown_currency"),
    ("due_on", r#""1999-12-31""#, 422, "out_of_range"),
    ("due_on", r#""2200-01-01""#, 422, "out_of_range"),
    ("due_on", r#""2030-02-30""#, 422, "not_a_date"),
    ("due_on", r#""+2030-01-1""#, 422, "not_a_date"),
    ("memo", r#""""#, 422, "blank"),
    ("memo", r#""\u202Ehidden""#, 422, "forbidden_character"),
    ("memo", r#""one\rtwo""#, 422, "forbidden_character"),
    ("status", r#""paid""#, 400, "unknown_member"),
];

const EDGES: &[(&str, &str)] = &[
    (
        "customer_name",
        r#""Zo\u00eb O'Brien; DROP TABLE invoices --""#,
    ),
    ("amount_minor", "1"),
    ("amount_minor", "999999999999"),
    ("due_on", r#""2000-01-01""#),
    ("due_on", r#""2199-12-31""#),
    ("memo", r#""two\n\tlines""#),
    ("memo", "null"),
];

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
