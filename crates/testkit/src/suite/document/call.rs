//! A request as bytes, with one thing changed at a time: an HTTP library would refuse to send half of
//! what is sent here.

/// A request to an operation.
#[derive(Clone)]
pub struct Call {
    method: String,
    pub target: String,
    host: &'static str,
    token: Option<String>,
    fields: Vec<(String, String)>,
    pub body: String,
}

impl Call {
    /// Without a body, and without fields but for the token.
    pub fn new(method: &str, target: String, token: &str) -> Self {
        Self {
            method: method.to_owned(),
            target,
            host: "localhost",
            token: Some(token.to_owned()),
            fields: Vec::new(),
            body: String::new(),
        }
    }

    pub fn to_host(&self, host: &'static str) -> Self {
        Self {
            host,
            ..self.clone()
        }
    }

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
