//! A response as a test reads it, and the contract that every response keeps.

use std::fmt;

use serde_json::Value;
use uuid::Uuid;

/// Header fields that every response has, with any status.
const ALWAYS: [(&str, &str); 10] = [
    (
        "strict-transport-security",
        "max-age=63072000; includeSubDomains",
    ),
    ("x-content-type-options", "nosniff"),
    ("cache-control", "no-store"),
    (
        "content-security-policy",
        "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
    ),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=()",
    ),
    ("x-permitted-cross-domain-policies", "none"),
    ("x-robots-tag", "noindex"),
];
/// The media types of successes.
const TYPES: [&str; 6] = [
    "application/json",
    "application/openmetrics-text; version=1.0.0; charset=utf-8",
    "text/css; charset=utf-8",
    "text/html; charset=utf-8",
    "text/javascript; charset=utf-8",
    "text/plain; charset=utf-8",
];
/// How the policy of a page begins: nothing inline, nothing from elsewhere.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-";
/// Header fields that a response may have beside [`ALWAYS`] and [`UNREMARKABLE`].
const SOMETIMES: [&str; 17] = [
    "accept",
    "accept-encoding",
    "accept-patch",
    "accept-post",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "allow",
    "content-type",
    "etag",
    "link",
    "location",
    "retry-after",
    "vary",
    "www-authenticate",
];
/// Not shown in snapshots: checked for every response, or different each time.
const UNREMARKABLE: [&str; 6] = [
    "connection",
    "content-length",
    "date",
    "ratelimit",
    "ratelimit-policy",
    "x-request-id",
];

#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    /// A whole response at the beginning of `bytes`, and its length there.
    pub fn parse(bytes: &[u8], method: &str) -> Option<(Self, usize)> {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Response::new(&mut headers);
        let head = match parsed.parse(bytes).expect("an HTTP response") {
            httparse::Status::Complete(head) => head,
            httparse::Status::Partial => return None,
        };
        let headers: Vec<(String, String)> = parsed
            .headers
            .iter()
            .map(|header| {
                let value = String::from_utf8_lossy(header.value).into_owned();
                (header.name.to_ascii_lowercase(), value)
            })
            .collect();
        let status = parsed.code?;
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.map_or(0, |(_, value)| value.parse().unwrap());
        let length = if method == "HEAD" || status == 204 {
            0
        } else {
            length
        };
        let body = bytes.get(head..head + length)?.to_vec();
        Some((
            Self {
                status,
                headers,
                body,
            },
            head + length,
        ))
    }

    /// The value of a header that is there once.
    pub fn header(&self, name: &str) -> &str {
        self.find(name)
            .unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    pub fn find(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} twice in {self:?}");
        value
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// `ETag`.
    pub fn etag(&self) -> &str {
        self.header("etag")
    }

    /// The `pointer code` pairs of a problem.
    pub fn errors(&self) -> Vec<String> {
        let body = self.json();
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|e| {
                format!(
                    "{} {}",
                    e["pointer"].as_str().unwrap(),
                    e["code"].as_str().unwrap()
                )
            })
            .collect()
    }

    /// Security headers, none that is not known here, a request id; a problem document on every error, and what
    /// its status asks for.
    pub(super) fn keeps_the_contract(&self, method: &str) {
        // An interim response is a status line.
        if self.status == 100 {
            return;
        }
        let page = self.find("content-type") == Some("text/html; charset=utf-8");
        for (name, value) in ALWAYS {
            if name == "content-security-policy" && page {
                assert!(self.header(name).starts_with(PAGE_POLICY), "{self:?}");
            } else {
                assert_eq!(self.find(name), Some(value), "{name} of {self:?}");
            }
        }
        for (name, _) in &self.headers {
            let known = is_common(name) || SOMETIMES.contains(&name.as_str());
            assert!(known, "{name} in {self:?}");
        }
        let request_id: Uuid = self.header("x-request-id").parse().expect("a request id");
        match self.status {
            200 | 201 => self.is_a_success(method),
            204 => {
                assert_eq!(self.find("content-type"), None, "{self:?}");
                assert!(self.body.is_empty(), "{self:?}");
            }
            400..=599 => self.is_a_problem(method, request_id),
            // No redirect: a client would take its token along. No 304: everything is `no-store`.
            _ => panic!("a status that nothing here answers: {self:?}"),
        }
    }

    fn is_a_success(&self, method: &str) {
        // A preflight's answer has no body.
        if method == "OPTIONS" {
            assert!(self.body.is_empty(), "{self:?}");
            return;
        }
        assert!(TYPES.contains(&self.header("content-type")), "{self:?}");
        self.has_a_body_unless(method);
    }

    /// The same header fields with and without a body.
    fn is_a_problem(&self, method: &str, request_id: Uuid) {
        assert_eq!(self.header("content-type"), "application/problem+json");
        let asked_for: &[&str] = match self.status {
            401 => &["www-authenticate"],
            405 => &["allow"],
            429 | 503 => &["retry-after"],
            _ => &[],
        };
        for name in asked_for {
            assert!(!self.header(name).is_empty(), "{name} of {self:?}");
        }
        if let Some(seconds) = self.find("retry-after") {
            let seconds: u64 = seconds.parse().expect("seconds");
            assert!(seconds >= 1, "{self:?}");
        }
        self.has_a_body_unless(method);
        if method == "HEAD" {
            return;
        }
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        assert_eq!(problem["instance"], format!("urn:uuid:{request_id}"));
        assert!(problem["type"].as_str().unwrap().starts_with("/problems/"));
        for words in ["title", "detail"] {
            assert!(!problem[words].as_str().unwrap().is_empty(), "{problem}");
        }
        let known = ["type", "title", "status", "detail", "instance", "errors"];
        for member in problem.as_object().unwrap().keys() {
            assert!(known.contains(&member.as_str()), "{member} in {problem}");
        }
    }

    fn has_a_body_unless(&self, method: &str) {
        let length: usize = self.header("content-length").parse().expect("a length");
        assert!(length > 0, "{self:?}");
        let expected = if method == "HEAD" { 0 } else { length };
        assert_eq!(self.body.len(), expected, "{self:?}");
    }
}

/// For snapshots: status, what is particular about the headers, and the body, with ids hidden.
impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        let mut headers: Vec<_> = self
            .headers
            .iter()
            .filter(|(name, _)| !is_common(name))
            .collect();
        headers.sort();
        for (name, value) in headers {
            write!(f, "\n{name}: {}", hide_id(value))?;
        }
        if !self.body.is_empty() {
            let mut body = self.json();
            hide_ids(&mut body);
            write!(f, "\n\n{body:#}")?;
        }
        Ok(())
    }
}

fn is_common(name: &str) -> bool {
    UNREMARKABLE.contains(&name) || ALWAYS.iter().any(|(always, _)| *always == name)
}

fn hide_ids(value: &mut Value) {
    match value {
        Value::String(text) => *text = hide_id(text),
        Value::Array(items) => items.iter_mut().for_each(hide_ids),
        Value::Object(members) => members.values_mut().for_each(hide_ids),
        _ => {}
    }
}

/// Replaces the version-7 UUID that `text` ends with, if it is one.
fn hide_id(text: &str) -> String {
    let Some(at) = text
        .len()
        .checked_sub(36)
        .filter(|at| text.is_char_boundary(*at))
    else {
        return text.to_owned();
    };
    match text[at..].parse::<Uuid>() {
        Ok(id) if id.get_version_num() == 7 => format!("{}[id]", &text[..at]),
        _ => text.to_owned(),
    }
}
