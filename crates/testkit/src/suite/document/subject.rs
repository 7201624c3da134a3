//! An operation under test: a request that succeeds, and one for each way to be refused. All of it is read
//! off the route table and the samples of the resources.

use std::fmt;

use actix_web::http::Method;
use platform::http::routing::route::Operation;
use serde_json::json;
use time::Duration;

use super::call::Call;
use crate::{
    Actor, Connection, Response, Service,
    suite::{Sampled, api_keys, registry::collection, resource::ABSENT, sample::Sample},
    token_for,
};

/// An answer of an operation.
pub struct Answer {
    pub method: String,
    /// The path as the document has it.
    pub path: String,
    pub response: Response,
}

impl Answer {
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.response, self.name())
    }
}

/// One operation under test.
pub struct Subject<'s, T> {
    pub service: &'s Service<T>,
    pub operation: &'s Operation,
    sample: Option<Sample>,
    roles: Vec<&'static str>,
    alice: Actor,
}

/// Does this with each operation of the route table.
pub fn each_operation<T: Sampled>(service: &Service<T>, mut work: impl FnMut(&Subject<T>)) {
    for operation in &T::service().routes().operations() {
        let mut samples = api_keys::with_samples::<T>().into_iter();
        let sample = samples.find(|sample| sample.collection == collection(operation));
        let all = || T::service().access.role_names();
        let roles = sample
            .as_ref()
            .map_or_else(all, |sample| sample.roles.to_vec());
        work(&Subject {
            service,
            operation,
            sample,
            alice: service.actor("alice", &roles),
            roles,
        });
    }
}

impl<T: Sampled> Subject<'_, T> {
    fn sample(&self) -> &Sample {
        self.sample.as_ref().expect("a resource with rows")
    }

    fn on_a_row(&self) -> bool {
        self.operation.path.contains('{')
    }

    /// Where a new row is.
    pub fn row(&self) -> String {
        let sample = self.sample();
        let created = self.alice.post(sample.collection, &sample.fresh());
        created.header("location").to_owned()
    }

    pub fn lists(&self) -> bool {
        let reads = [Method::GET, Method::HEAD].contains(&self.operation.method);
        reads && self.sample.is_some() && !self.on_a_row()
    }

    /// The least that the operation is called with, on a row that nobody made.
    pub fn bare(&self) -> Call {
        let target = self.operation.path.replace("{id}", ABSENT);
        Call::new(self.operation.method.as_str(), target, self.alice.token())
    }

    /// A call that succeeds, on a new row where there are rows.
    pub fn succeeds(&self) -> Call {
        let call = self.bare();
        let call = if self.on_a_row() {
            call.to(self.row())
        } else {
            call
        };
        let call = match self.operation.method.as_str() {
            "PUT" | "PATCH" | "DELETE" => call.with("if-match", "\"1\""),
            _ => call,
        };
        let Some(media_type) = self.operation.consumes else {
            return call;
        };
        let body = match self.operation.method.as_str() {
            "PATCH" => self.sample().patch(),
            _ => self.sample().fresh(),
        };
        call.with("content-type", media_type.name())
            .saying(&body.to_string())
    }

    /// Calls that the service refuses, with any refusal.
    pub fn refused(&self) -> Vec<Call> {
        let call = self.succeeds();
        let elsewhere = |query: &str| call.to(format!("{}?{query}", call.target));
        let mut old_login = token_for("alice", &self.roles);
        old_login.authentication_age = Duration::hours(1);
        let nobody = self.service.actor("nora", &[]).token().to_owned();
        let mut calls = vec![
            elsewhere("surprise=1"),
            elsewhere("limit=0"),
            elsewhere(&"a".repeat(9000)),
            call.by(None),
            call.by(Some(nobody)),
            call.with("origin", "https://evil.example"),
            call.with("accept", "text/html"),
            call.with("content-encoding", "gzip"),
            call.with("transfer-encoding", "gzip"),
            call.with("expect", "miracles"),
            call.with("x", &"a".repeat(40_000)),
            call.to_host("evil.example"),
        ];
        if self.on_a_row() {
            let absent = format!("{}/{ABSENT}", self.sample().collection);
            calls.push(call.to(absent));
            calls.push(call.with("if-match", "\"99\""));
            calls.push(call.without("if-match"));
            calls.extend(self.in_another_state(&call));
        }
        if self.operation.consumes.is_some() {
            calls.push(call.saying(&self.with_a_broken_rule()));
            calls.push(call.saying("{"));
            calls.push(call.with("content-type", "text/plain"));
            calls.push(call.saying("").with("content-length", "99999"));
        }
        // The last: an operation that asks for no recent authentication does its work.
        calls.push(call.by(Some(self.service.token(&old_login))));
        calls
    }

    /// A row that has moved on: content is fixed, or no arrow leads where the row is.
    fn in_another_state(&self, call: &Call) -> Vec<Call> {
        let Some(states) = &self.sample().states else {
            return Vec::new();
        };
        let to = states.arrows.first().expect("an arrow").1;
        let move_there = json!({ states.member: to });
        let row = self.row();
        let moved = states
            .mover(self.service, &self.alice)
            .patch(&row, "\"1\"", &move_there);
        let call = call.to(row).with("if-match", moved.etag());
        match self.operation.method.as_str() {
            "PATCH" => vec![call.saying(&move_there.to_string()), call],
            _ => vec![call],
        }
    }

    /// A body of the right shape that breaks a rule.
    fn with_a_broken_rule(&self) -> String {
        if self.operation.method == "PATCH" {
            return "{}".to_owned();
        }
        let mut rules = self
            .sample()
            .broken
            .iter()
            .filter(|(_, _, status, _)| *status == 422);
        let (member, value, ..) = rules.next().expect("a member with a rule");
        let mut content = self.sample().fresh();
        content[*member] = serde_json::from_str(value).expect("JSON");
        content.to_string()
    }

    pub fn answer(&self, call: &Call) -> Answer {
        let mut connection = self.service.anonymous().connect();
        connection.write(call.bytes().as_bytes());
        self.read(&mut connection)
    }

    pub fn read(&self, connection: &mut Connection) -> Answer {
        Answer {
            method: self.operation.method.to_string(),
            path: self.operation.path.clone(),
            response: connection.response(self.operation.method.as_str()),
        }
    }
}
