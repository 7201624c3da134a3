//! A strict client: it keeps its connection, and forgives nothing.
//!
//! HTTP libraries send a request again when a kept connection turns out to be closed. That hides what
//! is to be shown here, so this client does not: each request that is sent gets its answer, or is a
//! failure.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
};

use anyhow::{Context as _, Result, bail, ensure};
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// What all clients have seen.
#[derive(Debug, Default)]
pub struct Tally {
    pub requests: AtomicU64,
    pub connections: AtomicU64,
    pub failures: Mutex<Vec<String>>,
    stop: AtomicBool,
}

impl Tally {
    pub fn stop(&self) {
        self.stop.store(true, Relaxed);
    }

    fn failed(&self, error: &anyhow::Error) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.push(format!("{error:#}"));
    }

    pub fn failures(&self) -> Vec<String> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.clone()
    }
}

/// One client, until the tally says stop.
pub async fn run(port: u16, tls: TlsConnector, token: String, tally: Arc<Tally>) {
    let mut number = 0_u64;
    while !tally.stop.load(Relaxed) {
        if let Err(error) = on_one_connection(port, &tls, &token, &tally, &mut number).await {
            tally.failed(&error);
        }
    }
}

async fn on_one_connection(
    port: u16,
    tls: &TlsConnector,
    token: &str,
    tally: &Tally,
    number: &mut u64,
) -> Result<()> {
    let mut connection = Connection::open(port, tls).await?;
    tally.connections.fetch_add(1, Relaxed);
    while !tally.stop.load(Relaxed) {
        // Every fourth request is a change.
        let (request, expected) = match *number % 4 {
            0 => (create(token, &uuid::Uuid::now_v7().to_string()), 201),
            _ => (read(token), 200),
        };
        *number += 1;
        tally.requests.fetch_add(1, Relaxed);
        let answer = connection.ask(&request).await?;
        ensure!(answer.status == expected, "status {}", answer.status);
        if answer.last {
            return Ok(());
        }
    }
    Ok(())
}

fn read(token: &str) -> String {
    format!(
        "GET /v1/orders?limit=1 HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n"
    )
}

/// A creation with this idempotency key.
pub fn create(token: &str, key: &str) -> String {
    let body = r#"{"buyer":"Zoe","email":"zoe@example.com","price_minor":100,"currency":"EUR","wanted_on":"2030-02-28"}"#;
    format!(
        "POST /v1/orders HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         idempotency-key: {key}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub struct Answer {
    pub status: u16,
    /// Where the row is that was made.
    pub location: String,
    /// It says `Connection: close`.
    last: bool,
}

/// A connection that is kept.
pub struct Connection {
    stream: TlsStream<TcpStream>,
    received: Vec<u8>,
}

impl Connection {
    pub async fn open(port: u16, tls: &TlsConnector) -> Result<Self> {
        let tcp = TcpStream::connect(("127.0.0.1", port)).await;
        let tcp = tcp.context("no connection")?;
        tcp.set_nodelay(true)?;
        let name = ServerName::try_from("localhost")?;
        let stream = tls.connect(name, tcp).await.context("no handshake")?;
        Ok(Self {
            stream,
            received: Vec::new(),
        })
    }

    pub async fn ask(&mut self, request: &str) -> Result<Answer> {
        let sent = self.stream.write_all(request.as_bytes()).await;
        sent.context("the request was not sent")?;
        self.stream.flush().await?;
        loop {
            if let Some(answer) = self.parse()? {
                return Ok(answer);
            }
            let mut buffer = [0; 8 * 1024];
            match self.stream.read(&mut buffer).await {
                Ok(0) => bail!("closed without an answer"),
                Ok(count) => self
                    .received
                    .extend(buffer.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    bail!("cut off without an answer")
                }
                Err(error) => return Err(error).context("no answer"),
            }
        }
    }

    fn parse(&mut self) -> Result<Option<Answer>> {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(head) = parsed.parse(&self.received)? else {
            return Ok(None);
        };
        let field = |name: &str| {
            let found = parsed
                .headers
                .iter()
                .find(|field| field.name.eq_ignore_ascii_case(name));
            found.and_then(|field| std::str::from_utf8(field.value).ok())
        };
        let length: usize = field("content-length").unwrap_or("0").parse()?;
        let last = field("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let location = field("location").unwrap_or_default().to_owned();
        let status = parsed.code.context("no status")?;
        if self.received.len() < head + length {
            return Ok(None);
        }
        self.received.drain(..head + length);
        Ok(Some(Answer {
            status,
            location,
            last,
        }))
    }
}
