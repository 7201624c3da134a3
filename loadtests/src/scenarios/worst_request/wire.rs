//! A kept connection that writes exactly the bytes it is given, and reads one answer to its end.
//!
//! An HTTP library would neither send 512 chunks of a byte nor sixty fields of one name.

use anyhow::{Context as _, Result, bail};
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

use crate::service::Service;

/// A connection to the service.
pub struct Connection {
    stream: TlsStream<TcpStream>,
    received: Vec<u8>,
    closed: bool,
}

/// What came back.
pub struct Sent {
    pub status: u16,
    /// Whether the service ends the connection behind this answer.
    pub closed: bool,
}

impl Connection {
    pub async fn open(service: &Service) -> Result<Self> {
        let target = service.target()?;
        let (_, address) = target.base.split_once("://").context("a URL")?;
        let tcp = TcpStream::connect(address).await?;
        tcp.set_nodelay(true)?;
        let name = ServerName::try_from("localhost")?;
        Ok(Self {
            stream: service.tls()?.connect(name, tcp).await?,
            received: Vec::with_capacity(64 * 1024),
            closed: false,
        })
    }

    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Sends the pieces, each as a write of its own, and waits for the answer.
    pub async fn ask(&mut self, pieces: &[Vec<u8>]) -> Result<Sent> {
        self.received.clear();
        for piece in pieces {
            self.stream.write_all(piece).await?;
        }
        self.stream.flush().await?;
        loop {
            if let Some(sent) = answer(&self.received)? {
                self.closed = sent.closed;
                return Ok(sent);
            }
            if self.stream.read_buf(&mut self.received).await? == 0 {
                bail!("it hung up without an answer");
            }
        }
    }
}

/// Status of a whole answer, if it is one yet.
fn answer(received: &[u8]) -> Result<Option<Sent>> {
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut fields);
    let httparse::Status::Complete(head) = response.parse(received)? else {
        return Ok(None);
    };
    let field = |name: &str| {
        let mut fields = response.headers.iter();
        let field = fields.find(|field| field.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(field.value).ok()
    };
    let length = field("content-length").and_then(|length| length.parse::<usize>().ok());
    let status = response.code.context("a status")?;
    // 204 and a preflight's answer have no body.
    if received.len() < head + length.unwrap_or(0) {
        return Ok(None);
    }
    let closed = field("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    Ok(Some(Sent { status, closed }))
}
