//! A request as an attacker writes it. What is no HTTP at all is sent as bytes (`Stage::raw`).

/// A request, field by field. `Host` is written by the stage unless it stands here.
#[derive(Debug, Clone)]
pub struct Request {
    method: &'static str,
    target: String,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    #[must_use]
    pub fn new(method: &'static str, target: impl Into<String>) -> Self {
        Self {
            method,
            target: target.into(),
            fields: Vec::new(),
            body: Vec::new(),
        }
    }

    #[must_use]
    pub fn get(target: impl Into<String>) -> Self {
        Self::new("GET", target)
    }

    #[must_use]
    pub fn field(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.push((name.to_owned(), value.into()));
        self
    }

    /// `Authorization: Bearer`.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.field("authorization", format!("Bearer {token}"))
    }

    /// A body of this type, with its length.
    #[must_use]
    pub fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        let length = self.body.len().to_string();
        self.field("content-type", media_type)
            .field("content-length", length)
    }

    #[must_use]
    pub fn json(self, body: impl Into<Vec<u8>>) -> Self {
        self.body("application/json", body)
    }

    /// The bytes on the wire. The connection ends after the answer, unless a field says otherwise.
    #[must_use]
    pub fn bytes(&self, host: &str) -> Vec<u8> {
        let has = |name: &str| self.fields.iter().any(|(known, _)| known == name);
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        if !has("host") {
            head.extend(["host: ", host, "\r\n"]);
        }
        if !has("connection") {
            head += "connection: close\r\n";
        }
        for (name, value) in &self.fields {
            head.extend([name, ": ", value, "\r\n"]);
        }
        [head.as_bytes(), b"\r\n", &self.body].concat()
    }

    pub(crate) fn is_head(&self) -> bool {
        self.method == "HEAD"
    }
}
