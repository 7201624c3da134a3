//! A request in parts: what an operation ordinarily sends, before it is bytes.

use std::fmt::Write as _;

use super::Caller;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    Read,
    List,
    Create,
    Change,
}

impl Operation {
    pub const ALL: [Self; 4] = [Self::Read, Self::List, Self::Create, Self::Change];

    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::List => "list",
            Self::Create => "create",
            Self::Change => "change",
        }
    }

    /// The request that a client means well.
    pub fn ordinary(self, caller: &Caller) -> Vec<Vec<u8>> {
        Parts::of(self, caller).pieces()
    }
}

/// A request before it is bytes.
pub struct Parts {
    pub method: &'static str,
    pub target: String,
    pub fields: Vec<(String, String)>,
    pub body: String,
    /// The body in chunks of so many bytes.
    pub chunk: Option<usize>,
}

pub const CONTENT: &str = r#"{"buyer":"Ada Lovelace","email":"ada@example.com","price_minor":1999,"currency":"EUR","wanted_on":"2030-01-31"}"#;
impl Parts {
    pub fn of(operation: Operation, caller: &Caller) -> Self {
        let (method, target, body) = match operation {
            Operation::Read => ("GET", caller.order.clone(), ""),
            Operation::List => ("GET", "/v1/orders?limit=20".to_owned(), ""),
            Operation::Create => ("POST", "/v1/orders".to_owned(), CONTENT),
            // Of a version that there is no more: the same each time.
            Operation::Change => ("PATCH", caller.order.clone(), r#"{"note":"More"}"#),
        };
        let mut parts = Self {
            method,
            target,
            fields: Vec::new(),
            body: body.to_owned(),
            chunk: None,
        };
        parts.set("host", "localhost");
        parts.set("authorization", &format!("Bearer {}", caller.token));
        match operation {
            Operation::Create => parts.set("content-type", "application/json"),
            Operation::Change => {
                parts.set("content-type", "application/merge-patch+json");
                parts.set("if-match", "\"77\"");
            }
            Operation::Read | Operation::List => {}
        }
        parts
    }

    /// A field in place of those of its name.
    pub fn set(&mut self, name: &str, value: &str) {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
    }

    pub fn pieces(&self) -> Vec<Vec<u8>> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.fields {
            write!(head, "{name}: {value}\r\n").ok();
        }
        match self.chunk {
            Some(size) => {
                head += "transfer-encoding: chunked\r\n\r\n";
                let mut body = Vec::new();
                for chunk in self.body.as_bytes().chunks(size) {
                    body.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                    body.extend_from_slice(chunk);
                    body.extend_from_slice(b"\r\n");
                }
                body.extend_from_slice(b"0\r\n\r\n");
                vec![head.into_bytes(), body]
            }
            None if self.body.is_empty() => vec![(head + "\r\n").into_bytes()],
            None => {
                write!(head, "content-length: {}\r\n\r\n", self.body.len()).ok();
                vec![head.into_bytes(), self.body.clone().into_bytes()]
            }
        }
    }
}
