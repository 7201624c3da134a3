//! A client that sends exactly the bytes it is told to, over TLS.
//!
//! An HTTP library would refuse to send half of what an attacker sends.

use std::{
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rustls::{
    ClientConfig, ClientConnection, pki_types::ServerName, time_provider::DefaultTimeProvider,
};
use serde_json::Value;

use super::{Connection, Response, elsewhere, patience::PATIENCE, tls::trusting};

/// A client that sends requests, with or without a token.
#[derive(Clone)]
pub struct Actor {
    address: SocketAddr,
    tls: Arc<ClientConfig>,
    /// What it calls the service in TLS; an address is not sent.
    name: ServerName<'static>,
    token: Option<String>,
    /// Whether the service is elsewhere: its quotas are not a test's own.
    elsewhere: bool,
}

impl Actor {
    pub(super) fn new(address: SocketAddr, tls: Arc<ClientConfig>, token: Option<String>) -> Self {
        Self {
            address,
            tls,
            name: ServerName::try_from("localhost").unwrap(),
            token,
            elsewhere: false,
        }
    }

    /// The same at a service elsewhere: a request for which there is no quota is sent again when the answer says.
    pub(super) fn of_a_service_elsewhere(self) -> Self {
        Self {
            elsewhere: true,
            ..self
        }
    }

    /// Somebody without credentials who trusts the authorities of this PEM file, by the machine's clock.
    ///
    /// # Panics
    /// When that file holds no certificate.
    pub fn stranger(address: SocketAddr, ca: &Path) -> Self {
        Self::new(address, trusting(ca, Arc::new(DefaultTimeProvider)), None)
    }

    /// The same, who offers these protocols in TLS (ALPN).
    #[must_use]
    pub fn offering(&self, protocols: &[&str]) -> Self {
        let mut tls = (*self.tls).clone();
        tls.alpn_protocols = protocols
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        Self {
            tls: Arc::new(tls),
            ..self.clone()
        }
    }

    /// The same, who connects to the address and calls no name in TLS.
    #[must_use]
    pub fn without_sni(&self) -> Self {
        self.calling("127.0.0.1")
    }

    /// The same, who calls this name in TLS.
    #[must_use]
    pub fn calling(&self, name: &str) -> Self {
        Self {
            name: ServerName::try_from(name.to_owned()).unwrap(),
            ..self.clone()
        }
    }

    /// The value of `Authorization` that it sends.
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    pub fn get(&self, path: &str) -> Response {
        self.send("GET", path, &[], b"")
    }

    /// The value of this series of `/metrics`, to whole numbers; nothing when the series is not there. For somebody at the
    /// admin listener.
    pub fn figure(&self, series: &str) -> Option<u64> {
        let text = String::from_utf8(self.get("/metrics").body).unwrap();
        let of = |line: &str| {
            line.strip_prefix(series)?
                .strip_prefix(' ')
                .map(str::to_owned)
        };
        let value = text.lines().find_map(of)?;
        Some(value.trim_end_matches(".0").parse().unwrap())
    }

    pub fn post(&self, path: &str, body: &Value) -> Response {
        self.json("POST", path, &[], body)
    }

    pub fn put(&self, path: &str, etag: &str, body: &Value) -> Response {
        self.json("PUT", path, &[("if-match", etag)], body)
    }

    pub fn patch(&self, path: &str, etag: &str, body: &Value) -> Response {
        let headers = [
            ("content-type", "application/merge-patch+json"),
            ("if-match", etag),
        ];
        self.send("PATCH", path, &headers, body.to_string().as_bytes())
    }

    pub fn delete(&self, path: &str, etag: &str) -> Response {
        self.send("DELETE", path, &[("if-match", etag)], b"")
    }

    /// A request with a JSON body and more headers.
    pub fn json(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Response {
        let headers = [&[("content-type", "application/json")], headers].concat();
        self.send(method, path, &headers, body.to_string().as_bytes())
    }

    /// Any request that is still HTTP.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        let length = body.len().to_string();
        let length = [("content-length", length.as_str())];
        let length = if body.is_empty() {
            &[]
        } else {
            length.as_slice()
        };
        let headers = [headers, length].concat();
        let started = Instant::now();
        loop {
            let mut connection = self.open(method, path, &headers);
            connection.write(body);
            let answer = connection.response(method);
            // By its head it has no body: here is seen that nothing comes behind it.
            let bare = method == "HEAD" || answer.status == 204;
            assert!(!bare || connection.is_closed(), "bytes behind {answer}");
            if !self.elsewhere || answer.status != 429 {
                return answer;
            }
            assert!(started.elapsed() < PATIENCE, "waited in vain: {answer}");
            let seconds = answer.header("retry-after").parse().unwrap();
            thread::sleep(Duration::from_secs(seconds));
        }
    }

    /// A request whose head has been sent, and no body yet.
    pub fn open(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Connection {
        let mut connection = self.connect();
        connection.write(self.head(method, path, headers).as_bytes());
        connection
    }

    /// A POST to a service that may be gone before it answers.
    pub fn try_post(&self, path: &str, body: &Value) -> Option<Response> {
        let body = body.to_string();
        let length = body.len().to_string();
        let headers = [
            ("content-type", "application/json"),
            ("content-length", &length),
        ];
        let mut connection = self.try_connect()?;
        connection.write((self.head("POST", path, &headers) + &body).as_bytes());
        connection.try_response("POST")
    }

    /// A connection on which a test sends any bytes.
    pub fn connect(&self) -> Connection {
        self.try_connect().expect("the service listens")
    }

    /// A connection without TLS.
    pub fn tcp(&self) -> TcpStream {
        self.try_tcp().expect("the service listens")
    }

    /// Whether the service accepts connections.
    pub fn is_heard(&self) -> bool {
        self.try_tcp().is_some()
    }

    fn try_tcp(&self) -> Option<TcpStream> {
        if self.elsewhere {
            elsewhere::asked();
        }
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Some(stream)
    }

    /// The same, unless the service does not listen.
    pub fn try_connect(&self) -> Option<Connection> {
        let stream = self.try_tcp()?;
        let client = ClientConnection::new(self.tls.clone(), self.name.clone()).unwrap();
        Some(Connection::new(client, stream))
    }

    fn head(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> String {
        let close = [("connection", "close")];
        self.keep_alive_with(method, path, &[&close, headers].concat())
    }

    /// A request without a body that leaves the connection open.
    pub fn keep_alive(&self, method: &str, path: &str) -> String {
        self.keep_alive_with(method, path, &[])
    }

    fn keep_alive_with(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> String {
        let token = self.token.iter();
        let token = token.map(|token| ("authorization", format!("Bearer {token}")));
        let given = headers
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        let fields = token
            .chain(given)
            .map(|(name, value)| format!("{name}: {value}\r\n"));
        let fields: String = fields.collect();
        format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{fields}\r\n")
    }
}
