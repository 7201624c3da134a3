//! A TLS connection on which a test sends any bytes and reads what comes.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use rustls::{ClientConnection, HandshakeKind, StreamOwned};

use super::{Response, patience::PATIENCE};

/// An open TLS connection.
pub struct Connection {
    stream: StreamOwned<ClientConnection, TcpStream>,
    received: Vec<u8>,
}

impl Connection {
    /// Over this stream; the handshake comes with the first byte.
    pub(super) fn new(client: ClientConnection, stream: TcpStream) -> Self {
        Self {
            stream: StreamOwned::new(client, stream),
            received: Vec::new(),
        }
    }

    /// Sends bytes; that the other side has hung up shows when reading.
    pub fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).ok();
        self.stream.flush().ok();
    }

    /// Sends bytes that are no data in TLS: a part of a record, or anything.
    pub fn write_below(&mut self, bytes: &[u8]) {
        self.stream.sock.write_all(bytes).ok();
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
