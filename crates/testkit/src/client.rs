//! A client that sends exactly the bytes it is told to, over TLS.
//!
//! An HTTP library would refuse to send half of what an attacker sends.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use rustls::{
    ClientConfig, ClientConnection, HandshakeKind, StreamOwned, pki_types::ServerName,
    time_provider::DefaultTimeProvider,
};
use serde_json::Value;

use super::{Response, patience::PATIENCE, tls::trusting};

/// A client that sends requests, with or without a token.
#[derive(Clone)]
pub struct Actor {
    address: SocketAddr,
    tls: Arc<ClientConfig>,
    /// What it calls the service in TLS; an address is not sent.
    name: ServerName<'static>,
    token: Option<String>,
}

impl Actor {
    pub(super) fn new(address: SocketAddr, tls: Arc<ClientConfig>, token: Option<String>) -> Self {
        Self {
            address,
            tls,
            name: ServerName::try_from("localhost").unwrap(),
            token,
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
        let mut connection = self.open(method, path, &[headers, length].concat());
        connection.write(body);
        connection.response(method)
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
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Some(stream)
    }

    /// The same, unless the service does not listen.
    pub fn try_connect(&self) -> Option<Connection> {
        let stream = self.try_tcp()?;
        let client = ClientConnection::new(self.tls.clone(), self.name.clone()).unwrap();
        Some(Connection {
            stream: StreamOwned::new(client, stream),
            received: Vec::new(),
        })
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

/// An open TLS connection.
pub struct Connection {
    stream: StreamOwned<ClientConnection, TcpStream>,
    received: Vec<u8>,
}

impl Connection {
    /// Sends bytes; that the other side has hung up shows when reading.
    pub fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).ok();
        self.stream.flush().ok();
    }

    /// The next response, held to the contract of all responses.
    pub fn response(&mut self, method: &str) -> Response {
        let response = self.try_response(method);
        response
            .unwrap_or_else(|| panic!("closed after {:?}", String::from_utf8_lossy(&self.received)))
    }

    /// The next response, unless the other side hangs up first.
    pub fn try_response(&mut self, method: &str) -> Option<Response> {
        loop {
            if let Some((response, length)) = Response::parse(&self.received, method) {
                self.received.drain(..length);
                response.keeps_the_contract(method);
                return Some(response);
            }
            if self.fill() == 0 {
                return None;
            }
        }
    }

    /// Whatever comes, until these bytes are enough, the other side ends the connection or this time is up: an
    /// attacker's reading, which holds nothing to any contract. And whether the connection has ended.
    pub fn listen(&mut self, time: Duration, enough: impl Fn(&[u8]) -> bool) -> (Vec<u8>, bool) {
        let started = Instant::now();
        let mut ended = false;
        while !ended && !enough(&self.received) {
            let Some(left) = time.checked_sub(started.elapsed()) else {
                break;
            };
            let before = self.received.len();
            let heard = self.has_answer_within(left.max(Duration::from_millis(1)));
            ended = heard && self.received.len() == before;
        }
        (std::mem::take(&mut self.received), ended)
    }

    /// Waits for `100 Continue`, which is no response yet; false when something else comes.
    pub fn is_invited(&mut self) -> bool {
        const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
        while self.received.len() < CONTINUE.len() && self.fill() > 0 {}
        let invited = self.received.starts_with(CONTINUE);
        if invited {
            self.received.drain(..CONTINUE.len());
        }
        invited
    }

    /// Whether the other side ends the connection without another byte.
    pub fn is_closed(&mut self) -> bool {
        self.received.is_empty() && self.fill() == 0
    }

    /// Completes the handshake, and sends nothing after it.
    pub fn handshake(&mut self) {
        self.try_handshake().unwrap();
    }

    /// The same, unless the other side hangs up first.
    ///
    /// # Errors
    /// When it does.
    pub fn try_handshake(&mut self) -> io::Result<()> {
        while self.stream.conn.is_handshaking() {
            self.stream.conn.complete_io(&mut self.stream.sock)?;
        }
        Ok(())
    }

    /// Whether its handshake went on with a session of an earlier connection.
    pub fn is_resumed(&self) -> bool {
        self.stream.conn.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// The certificate that the service has shown, in DER.
    pub fn certificate(&self) -> Vec<u8> {
        self.stream.conn.peer_certificates().unwrap()[0].to_vec()
    }

    /// Whether the service asks for the body (`100 Continue`).
    pub fn continues(&mut self) -> bool {
        const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
        while self.received.len() < CONTINUE.len() && self.fill() > 0 {}
        let continues = self.received.starts_with(CONTINUE);
        if continues {
            self.received.drain(..CONTINUE.len());
        }
        continues
    }

    /// Whether something arrives, or the connection ends, in this time.
    pub fn has_answer_within(&mut self, time: Duration) -> bool {
        self.stream.sock.set_read_timeout(Some(time)).unwrap();
        let mut buffer = [0; 16 * 1024];
        let answer = match self.stream.read(&mut buffer) {
            Ok(read) => {
                self.received.extend_from_slice(&buffer[..read]);
                true
            }
            Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        };
        self.stream.sock.set_read_timeout(Some(PATIENCE)).unwrap();
        answer
    }

    /// Writes until the other side takes no more, or `limit` bytes; how many it took.
    pub fn flood(&mut self, piece: &[u8], limit: usize) -> usize {
        let mut sent = 0;
        self.stream
            .sock
            .set_write_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        while sent < limit && self.stream.write_all(piece).is_ok() {
            sent += piece.len();
        }
        sent
    }

    /// 0 when the other side has ended the connection.
    fn fill(&mut self) -> usize {
        let mut buffer = [0; 16 * 1024];
        let read = self.stream.read(&mut buffer).unwrap_or_else(|error| {
            let late = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
            assert!(!late, "neither an answer nor the end in {PATIENCE:?}");
            0
        });
        self.received.extend_from_slice(&buffer[..read]);
        read
    }
}
