//! An answer as an attacker reads it: whatever came, in which there may be a response.

use serde_json::Value;

use crate::attack::Verdict;

/// What came back.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub bytes: Vec<u8>,
    /// Whether the service has ended the connection.
    pub closed: bool,
    pub responses: Vec<Response>,
}

/// A response in it.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub fields: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Finds the responses in these bytes.
    #[must_use]
    pub fn read(bytes: Vec<u8>, closed: bool, head: bool) -> Self {
        let mut responses = Vec::new();
        let mut rest = bytes.as_slice();
        while let Some((response, length)) = Response::parse(rest, head) {
            responses.push(response);
            rest = rest.get(length..).unwrap_or_default();
        }
        Self {
            bytes,
            closed,
            responses,
        }
    }

    /// The status of the first response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.responses.first().map(|response| response.status)
    }

    /// A field of the first response.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let fields = &self.responses.first()?.fields;
        let field = fields.iter().find(|(known, _)| known == name)?;
        Some(&field.1)
    }

    /// The body of the first response as JSON, or `null`.
    #[must_use]
    pub fn json(&self) -> Value {
        let body = self.responses.first().map(|response| &*response.body);
        serde_json::from_slice(body.unwrap_or_default()).unwrap_or_default()
    }

    /// The code of the first error of a problem document.
    #[must_use]
    pub fn code(&self) -> String {
        let document = self.json();
        let code = document.pointer("/errors/0/code").and_then(Value::as_str);
        code.unwrap_or_default().to_owned()
    }

    /// Whether these words stand in it, in any case.
    #[must_use]
    pub fn says(&self, words: &str) -> bool {
        let text = String::from_utf8_lossy(&self.bytes).to_lowercase();
        text.contains(&words.to_lowercase())
    }

    /// Held where the status is one of these.
    #[must_use]
    pub fn must_be(&self, statuses: &[u16]) -> Verdict {
        match self.status() {
            Some(status) if statuses.contains(&status) => {
                let word = if status < 400 { "Answered" } else { "Refused" };
                Verdict::Held(format!("{word} with {status}{}.", self.with_code()))
            }
            Some(status) => Verdict::Broken(format!(
                "Answered with {status}{}, where {} was due.",
                self.with_code(),
                list(statuses)
            )),
            None if self.closed => {
                Verdict::Broken("The connection ended without an answer.".to_owned())
            }
            None => Verdict::Broken("No answer came in time.".to_owned()),
        }
    }

    /// Held where the status is one of these and nothing behind the request is answered.
    #[must_use]
    pub fn must_end_with(&self, statuses: &[u16]) -> Verdict {
        match (self.must_be(statuses), self.responses.len()) {
            (Verdict::Held(reason), 1) if self.closed => {
                Verdict::Held(format!("{reason} The connection ended after that."))
            }
            (Verdict::Held(_), 1) => Verdict::Broken(
                "Refused, but the connection stays open for what was smuggled behind it."
                    .to_owned(),
            ),
            (Verdict::Held(_), number) => Verdict::Broken(format!(
                "{number} responses to one request: what was smuggled behind it is answered."
            )),
            (broken, _) => broken,
        }
    }

    fn with_code(&self) -> String {
        match self.code() {
            code if code.is_empty() => String::new(),
            code => format!(" {code}"),
        }
    }
}

fn list(statuses: &[u16]) -> String {
    let words: Vec<String> = statuses.iter().map(u16::to_string).collect();
    words.join(" or ")
}

impl Response {
    fn parse(bytes: &[u8], head: bool) -> Option<(Self, usize)> {
        let mut fields = [httparse::EMPTY_HEADER; 96];
        let mut parsed = httparse::Response::new(&mut fields);
        let Ok(httparse::Status::Complete(start)) = parsed.parse(bytes) else {
            return None;
        };
        let status = parsed.code?;
        let fields: Vec<(String, String)> = parsed
            .headers
            .iter()
            .map(|field| {
                let value = String::from_utf8_lossy(field.value).into_owned();
                (field.name.to_ascii_lowercase(), value)
            })
            .collect();
        let length = fields.iter().find(|(name, _)| name == "content-length");
        let length = length.and_then(|(_, value)| value.parse().ok());
        let without_body = head || status == 204 || status == 100;
        let length = if without_body { 0 } else { length.unwrap_or(0) };
        let body = bytes.get(start..start.checked_add(length)?)?.to_vec();
        Some((
            Self {
                status,
                fields,
                body,
            },
            start + length,
        ))
    }
}
