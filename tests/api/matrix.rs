//! Who gets which answer: every operation, asked by every kind of caller.
//!
//! The table in `permissions.txt` is made by calling the API, committed, and compared: a change of who
//! may do what is a line in a diff. After a deliberate one: `UPDATE=1 cargo test --test api matrix`.
//!
//! Controls: AZ-01

use std::fmt::Write;

use platform::{auth::Role, http::routing::route::Operation};
use serde_json::json;

use crate::{
    harness::{Actor, Forger, Roles, Service, token_for},
    invoices::{content, draft},
};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/permissions.txt");

/// Columns. Alice owns the invoice that each operation is about.
fn callers(service: &Service) -> Vec<(&'static str, Actor)> {
    let actor = |subject: &str, roles: &[&'static str]| service.actor(subject, roles);
    let narrowed = |roles: &[&'static str]| {
        let mut request = token_for("alice", roles);
        request.scope = Some("openid".to_owned());
        service.bearer(&service.token(&request))
    };
    let stale = {
        let mut request = token_for("alice", &["editor"]);
        request.authentication_age = time::Duration::hours(1);
        service.bearer(&service.token(&request))
    };
    let expired = {
        let mut request = token_for("alice", &["editor"]);
        request.lifetime = time::Duration::seconds(-60);
        service.bearer(&service.token(&request))
    };
    let all: Vec<_> = app::service()
        .access
        .roles()
        .iter()
        .map(Role::name)
        .collect();
    let elsewhere = Service::start().token(&token_for("alice", &["editor"]));
    vec![
        ("anonymous", service.anonymous()),
        ("expired", expired),
        (
            "wrong aud",
            service.bearer(&Forger::of(service).with_claim("aud", json!("another-service"))),
        ),
        ("other key", service.bearer(&elsewhere)),
        ("no role", actor("alice", &[])),
        ("no scope", narrowed(&["editor"])),
        ("reader", actor("alice", &["reader"])),
        ("editor", actor("alice", &["editor"])),
        ("stale", stale),
        ("approver", actor("alice", &["approver"])),
        ("admin", actor("alice", &["admin"])),
        ("b. reader", actor("bob", &["reader"])),
        ("b. editor", actor("bob", &["editor"])),
        ("b. approver", actor("bob", &["approver"])),
        ("b. auditor", actor("bob", &["auditor"])),
        ("b. admin", actor("bob", &["admin"])),
        ("b. all", actor("bob", &all)),
    ]
}

/// Rows: each operation with a request that would succeed if the caller were allowed to. An operation
/// that is not here fails the test.
fn requests(operation: &Operation) -> Vec<(&'static str, Option<serde_json::Value>)> {
    match operation.id {
        "health_read" | "security_txt_read" | "me_read" | "invoices_list" | "invoices_read"
        | "invoices_delete" => {
            vec![("", None)]
        }
        "invoices_create" | "invoices_replace" => vec![("", Some(content()))],
        "invoices_change" => vec![
            (" content", Some(json!({ "memo": "x" }))),
            (" status", Some(json!({ "status": "issued" }))),
            (" both", Some(json!({ "memo": "x", "status": "issued" }))),
        ],
        unknown => panic!("{unknown} is not in the matrix: say how to ask it"),
    }
}

fn ask(
    actor: &Actor,
    operation: &Operation,
    invoice: &str,
    body: Option<&serde_json::Value>,
) -> u16 {
    let id = invoice.rsplit_once('/').unwrap().1;
    let path = operation.path.replace("{id}", id);
    let media_type = operation
        .consumes
        .map(|media_type| ("content-type", media_type.name()));
    let headers: Vec<_> = media_type
        .into_iter()
        .chain([("if-match", "\"1\"")])
        .collect();
    let body = body.map(ToString::to_string).unwrap_or_default();
    actor
        .send(operation.method.as_str(), &path, &headers, body.as_bytes())
        .status
}

#[test]
fn the_matrix_is_the_committed_one() {
    let service = Service::with(&[(
        "APP_PUBLIC__SECURITY_TXT__CONTACTS",
        "mailto:security@example.com",
    )]);
    let callers = callers(&service);
    let alice = service.editor("alice");
    let mut table =
        String::from("# Made by tests/api/matrix.rs. Invoices are alice's; b. is bob.\n");
    write!(table, "{:30}", "").unwrap();
    for (name, _) in &callers {
        write!(table, " {name:>11}").unwrap();
    }
    for operation in app::service().routes().operations() {
        for (variant, body) in requests(&operation) {
            let name = format!("{} {}{variant}", operation.method, operation.id);
            write!(table, "\n{name:30}").unwrap();
            for (_, actor) in &callers {
                let status = ask(actor, &operation, &draft(&alice), body.as_ref());
                write!(table, " {status:>11}").unwrap();
            }
        }
    }
    table.push('\n');
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(FILE, &table).unwrap();
    }
    let committed = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(committed == table, "permissions.txt differs from:\n{table}");
}
