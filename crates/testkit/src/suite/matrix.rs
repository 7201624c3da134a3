//! Who gets which answer: every operation, asked by every kind of caller.
//!
//! The table in `permissions.txt` is made by calling the API, committed, and compared: a change of who
//! may do what is a line in a diff. After a deliberate one: `UPDATE=1 cargo test --test api matrix`.
//!
//! Controls: AZ-01

use std::fmt::Write;

use platform::{
    auth::tokens::development::TokenRequest,
    http::{contract::access::Access, routing::route::Operation},
};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use serde_json::{Value, json};

use super::{
    Sampled, api_keys::with_samples, registry::collection, resource::ABSENT, sample::Sample,
};
use crate::{Actor, Forger, Service, token_for};

/// An operation that answers where the settings name somebody. A service elsewhere may name nobody.
const NAMES_SOMEBODY: &str = "security_txt_read";

/// Columns. Alice owns the row that each operation is about; b. is Bob, who owns nothing.
fn callers<T: Sampled>(service: &Service<T>) -> Vec<(String, Actor)> {
    let all = T::service().access.role_names();
    let changed = |change: fn(&mut TokenRequest)| {
        let mut request = token_for("alice", &all);
        change(&mut request);
        service.bearer(&service.token(&request))
    };
    let forged = Forger::of(service, &all).with_claim("aud", json!("another-service"));
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let token = service.token(&token_for("alice", &all));
    let other = Forger::with_key(&token, key.serialize_pem().as_bytes());
    let other = other.sign(&other.header.to_string(), &other.claims.to_string());
    let mut callers = vec![
        ("anonymous".to_owned(), service.anonymous()),
        (
            "expired".to_owned(),
            changed(|request| request.lifetime = time::Duration::seconds(-60)),
        ),
        ("wrong aud".to_owned(), service.bearer(&forged)),
        ("other key".to_owned(), service.bearer(&other)),
        ("no role".to_owned(), service.actor("alice", &[])),
        (
            "no scope".to_owned(),
            changed(|request| request.scope = Some("openid".to_owned())),
        ),
        (
            "stale".to_owned(),
            changed(|request| request.authentication_age = time::Duration::hours(1)),
        ),
    ];
    for (prefix, subject) in [("", "alice"), ("b. ", "bob")] {
        let one = all
            .iter()
            .map(|role| (format!("{prefix}{role}"), service.actor(subject, &[role])));
        callers.extend(one);
        callers.push((format!("{prefix}all"), service.actor(subject, &all)));
    }
    callers
}

/// Rows: an operation with each body that would succeed if the caller were allowed to.
fn bodies(operation: &Operation, sample: Option<&Sample>) -> Vec<(String, Value)> {
    let none = vec![(String::new(), Value::Null)];
    if operation.consumes.is_none() {
        return none;
    }
    let sample =
        sample.unwrap_or_else(|| panic!("{} reads a body: a sample says which", operation.id));
    if operation.method != "PATCH" {
        return vec![(String::new(), sample.fresh())];
    }
    let content = sample.patch();
    let mut bodies = vec![(" content".to_owned(), content.clone())];
    if let Some(states) = &sample.states {
        let to = states.arrows.first().expect("an arrow").1;
        let mut both = content;
        both[states.member] = to.into();
        bodies.push((format!(" {}", states.member), json!({ states.member: to })));
        bodies.push((" both".to_owned(), both));
    }
    bodies
}

/// What the operation asks for, as the route table has it.
fn rule(operation: &Operation) -> String {
    match operation.access {
        Access::Anyone => "anyone".to_owned(),
        Access::Authenticated => "authenticated".to_owned(),
        Access::Permission { any_of, recent } => {
            any_of.join("|") + if recent { " recent" } else { "" }
        }
    }
}

fn ask(actor: &Actor, operation: &Operation, path: &str, body: &Value) -> u16 {
    let media_type = operation
        .consumes
        .map(|media_type| ("content-type", media_type.name()));
    let headers: Vec<_> = media_type
        .into_iter()
        .chain([("if-match", "\"1\"")])
        .collect();
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    actor
        .send(operation.method.as_str(), path, &headers, body.as_bytes())
        .status
}

pub fn the_matrix_is_the_committed_one<T: Sampled>() {
    let contact = (
        "APP_PUBLIC__SECURITY_TXT__CONTACTS",
        "mailto:security@example.com",
    );
    let service = Service::<T>::preferring(&[contact]);
    let callers = callers(&service);
    let samples = with_samples::<T>();
    let mut lines = vec![(String::new(), String::new(), String::new())];
    for (name, _) in &callers {
        write!(lines[0].2, " {name:>11}").unwrap();
    }
    for operation in T::service().routes().operations() {
        if service.is_elsewhere() && operation.id == NAMES_SOMEBODY {
            continue;
        }
        let of_operation = |sample: &&Sample| sample.collection == collection(&operation);
        let sample = samples.iter().find(of_operation);
        for (variant, _) in bodies(&operation, sample) {
            let name = format!("{} {}{variant}", operation.method, operation.id);
            let mut statuses = String::new();
            for (_, actor) in &callers {
                // Anew for each caller: a value that must be unique is taken by the one before.
                let all = bodies(&operation, sample);
                let (_, body) = all.iter().find(|(known, _)| *known == variant).unwrap();
                let row = sample
                    .filter(|_| operation.path.contains('{'))
                    .map(|sample| {
                        let alice = service.actor("alice", sample.roles);
                        let row = alice.post(sample.collection, &sample.fresh());
                        (row.header("location").to_owned(), alice)
                    });
                let absent = || operation.path.replace("{id}", ABSENT);
                let path = row.as_ref().map_or_else(absent, |(path, _)| path.clone());
                write!(statuses, " {:>11}", ask(actor, &operation, &path, body)).unwrap();
                // One owner may have a few keys.
                if let Some((path, alice)) = row {
                    alice.delete(&path, "\"1\"");
                }
            }
            lines.push((name, rule(&operation), statuses));
        }
    }
    compare(&service, &lines);
}

fn compare<T: Sampled>(service: &Service<T>, lines: &[(String, String, String)]) {
    let names = lines.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
    let rules = lines
        .iter()
        .map(|(_, rule, _)| rule.len())
        .max()
        .unwrap_or(0);
    let mut table = String::from("# Made by calling the API. Rows are alice's; b. is bob.\n");
    for (name, rule, statuses) in lines {
        writeln!(table, "{name:names$}  {rule:rules$}{statuses}").unwrap();
    }
    let file = format!("{}/tests/api/permissions.txt", T::ROOT);
    if std::env::var_os("UPDATE").is_some() && !service.is_elsewhere() {
        std::fs::write(&file, &table).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let due = |line: &&str| !(service.is_elsewhere() && line.contains(NAMES_SOMEBODY));
    let committed: String = committed.split_inclusive('\n').filter(due).collect();
    assert!(committed == table, "permissions.txt differs from:\n{table}");
}
