//! Requests to an operation: one that succeeds, and one for each way to be refused. All of it is read
//! off the route table and the samples of the resources.

use std::fmt;

use actix_web::http::Method;
use platform::{auth::tokens::development::TokenRequest, http::routing::route::Operation};
use serde_json::Value;
use time::Duration;

use crate::{
    conformance::{ABSENT, SAMPLES, Sample},
    harness::{Actor, Connection, Response, Roles, Service, token_for},
    invoices::{draft, issue},
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

/// Makes a row of this actor's that is in a state which permits no change; where it is.
type Stuck = fn(&Service, &Actor) -> String;

/// Resources with states.
const IN_ANOTHER_STATE: [(&str, Stuck); 1] = [("/v1/invoices", issued)];

fn issued(service: &Service, owner: &Actor) -> String {
    let path = draft(owner);
    issue(&service.approver("ann"), &path);
    path
}

/// A request to an operation.
#[derive(Clone)]
pub struct Call {
    method: String,
    pub target: String,
    host: &'static str,
    token: Option<String>,
    fields: Vec<(String, String)>,
    body: String,
}

impl Call {
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut call = self.without(name);
        call.fields.push((name.to_owned(), value.to_owned()));
        call
    }

    pub fn without(&self, name: &str) -> Self {
        let mut call = self.clone();
        call.fields.retain(|(known, _)| known != name);
        call
    }

    pub fn to(&self, target: String) -> Self {
        Self {
            target,
            ..self.clone()
        }
    }

    pub fn as_method(&self, method: &str) -> Self {
        Self {
            method: method.to_owned(),
            ..self.clone()
        }
    }

    pub fn by(&self, token: Option<String>) -> Self {
        Self {
            token,
            ..self.clone()
        }
    }

    pub fn saying(&self, body: &str) -> Self {
        Self {
            body: body.to_owned(),
            ..self.clone()
        }
    }

    /// As it is on the wire.
    pub fn bytes(&self) -> String {
        let token = self.token.iter();
        let token = token.map(|token| format!("authorization: Bearer {token}\r\n"));
        let fields = self.fields.iter();
        let fields = fields.map(|(name, value)| format!("{name}: {value}\r\n"));
        let framing = ["content-length", "transfer-encoding"];
        let framed = |(name, _): &(String, String)| framing.contains(&name.as_str());
        let length = if self.body.is_empty() || self.fields.iter().any(framed) {
            String::new()
        } else {
            format!("content-length: {}\r\n", self.body.len())
        };
        let fields: String = token.chain(fields).chain([length]).collect();
        let Self {
            method,
            target,
            host,
            body,
            ..
        } = self;
        format!(
            "{method} {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{fields}\r\n{body}"
        )
    }
}

/// One operation under test.
pub struct Subject<'s> {
    pub service: &'s Service,
    pub operation: &'s Operation,
    sample: Option<Sample>,
    everybody: Actor,
}

/// Does this with each operation of the route table.
pub fn each_operation(service: &Service, mut work: impl FnMut(&Subject)) {
    for operation in &app::service().routes().operations() {
        let samples = SAMPLES.iter().map(|sample| sample());
        let mut samples = samples.filter(|sample| operation.path.starts_with(sample.collection));
        work(&Subject {
            service,
            operation,
            sample: samples.next(),
            everybody: service.actor("alice", &["editor"]),
        });
    }
}

impl Subject<'_> {
    /// Where a new row is.
    pub fn row(&self) -> String {
        let sample = self.sample.as_ref().expect("a resource with rows");
        let content = (sample.content)();
        let created = self.everybody.post(sample.collection, &content);
        created.header("location").to_owned()
    }

    pub fn lists(&self) -> bool {
        let reads = [Method::GET, Method::HEAD].contains(&self.operation.method);
        reads && self.sample.is_some() && !self.operation.path.contains('{')
    }

    /// A call that succeeds, on a new row where there are rows.
    pub fn succeeds(&self) -> Call {
        let method = self.operation.method.to_string();
        let row = || {
            let sample = self.sample.as_ref().expect("a resource with rows");
            let created = self.everybody.post(sample.collection, &(sample.content)());
            created.header("location").to_owned()
        };
        let target = if self.operation.path.contains('{') {
            row()
        } else {
            self.operation.path.clone()
        };
        let body = match (&self.sample, method.as_str()) {
            (Some(sample), "POST" | "PUT") => (sample.other_content)().to_string(),
            (Some(sample), "PATCH") => (sample.patch)().to_string(),
            _ => String::new(),
        };
        let call = self.bare().to(target).saying(&body);
        let call = match self.operation.consumes {
            Some(media_type) => call.with("content-type", media_type.name()),
            None => call,
        };
        if ["PUT", "PATCH", "DELETE"].contains(&call.method.as_str()) {
            call.with("if-match", "\"1\"")
        } else {
            call
        }
    }

    /// Calls that are refused, whatever they are refused with.
    pub fn refused(&self) -> Vec<Call> {
        let call = self.succeeds();
        let elsewhere = |query: &str| call.to(format!("{}?{query}", call.target));
        let old_login = TokenRequest {
            authentication_age: Duration::hours(1),
            ..token_for("alice", &["editor"])
        };
        let nobody = self.service.actor("nora", &[]).token().to_owned();
        let mut calls = vec![
            elsewhere("surprise=1"),
            elsewhere("limit=0"),
            elsewhere(&"a".repeat(9000)),
            call.by(None),
            call.by(Some(nobody)),
            call.by(Some(self.service.token(&old_login))),
            call.with("origin", "https://evil.example"),
            call.with("accept", "text/html"),
            call.with("content-encoding", "gzip"),
            call.with("transfer-encoding", "gzip"),
            call.with("expect", "miracles"),
            call.with("x", &"a".repeat(40_000)),
            Call {
                host: "evil.example",
                ..call.clone()
            },
        ];
        if self.operation.path.contains('{') {
            let sample = self.sample.as_ref().expect("a resource with rows");
            calls.push(call.to(format!("{}/{ABSENT}", sample.collection)));
            calls.push(call.with("if-match", "\"99\""));
            calls.push(call.without("if-match"));
            let states = IN_ANOTHER_STATE.iter();
            for (_, row) in states.filter(|(collection, _)| *collection == sample.collection) {
                let row = row(self.service, &self.everybody);
                calls.push(call.to(row).with("if-match", "\"2\""));
            }
        }
        if self.operation.consumes.is_some() {
            let mut blank: Value = serde_json::from_str(&call.body).expect("an object");
            for (_, value) in blank.as_object_mut().expect("an object") {
                if value.is_string() {
                    *value = Value::from("");
                }
            }
            calls.push(call.saying(&blank.to_string()));
            calls.push(call.saying("{"));
            calls.push(call.with("content-type", "text/plain"));
            calls.push(call.saying("").with("content-length", "99999"));
        }
        calls
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

    /// The least that the operation is called with, on a row that nobody made.
    pub fn bare(&self) -> Call {
        Call {
            method: self.operation.method.to_string(),
            target: self.operation.path.replace("{id}", ABSENT),
            host: "localhost",
            token: Some(self.everybody.token().to_owned()),
            fields: Vec::new(),
            body: String::new(),
        }
    }
}
