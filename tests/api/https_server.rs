//! A TLS server that answers as a test says, one connection at a time: somebody's key server.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    sync::Arc,
    thread,
    time::Duration,
};

use app::tls::{self, development::certificates};
use rustls::{ServerConnection, StreamOwned};
use tempfile::TempDir;
use time::OffsetDateTime;

/// What it was asked.
pub struct Request<'r> {
    /// Its own address, `https://localhost:PORT`.
    pub url: &'r str,
    pub path: &'r str,
    head: &'r str,
}

impl Request<'_> {
    /// The field's value.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        let found = fields.find(|(field, _)| field.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }
}

/// What it answers.
pub enum Answer {
    /// These bytes.
    Text(String),
    /// A JSON document that never ends: this, then spaces, with this pause after each piece.
    Endless(Duration),
}

impl Answer {
    /// A 200 of this type.
    pub fn ok(media_type: &str, body: &str) -> Self {
        let length = body.len();
        Self::Text(format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
    }

    /// A status and fields, with `{}` for a body.
    pub fn status(status: &str, fields: &str) -> Self {
        Self::Text(format!(
            "HTTP/1.1 {status}\r\n{fields}content-length: 2\r\n\r\n{{}}"
        ))
    }
}

pub struct Server {
    pub url: String,
    directory: TempDir,
}

impl Server {
    pub fn start(answer: impl Fn(&Request) -> Answer + Send + 'static) -> Self {
        let directory = TempDir::new().unwrap();
        let files = certificates(directory.path(), OffsetDateTime::now_utc()).unwrap();
        let tls = Arc::new(tls::server(&files.cert, &files.key).unwrap().config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("https://localhost:{port}");
        let own_url = url.clone();
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let connection = ServerConnection::new(tls.clone()).unwrap();
                let mut stream = StreamOwned::new(connection, socket);
                let mut head = [0; 4096];
                let read = stream.read(&mut head).unwrap_or(0);
                let head = String::from_utf8_lossy(&head[..read]);
                let request = Request {
                    url: &own_url,
                    path: head.split(' ').nth(1).unwrap_or_default(),
                    head: &head,
                };
                send(&answer(&request), &mut stream);
            }
        });
        Self { url, directory }
    }

    /// The authority that vouches for it.
    pub fn ca_file(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }
}

fn send(answer: &Answer, stream: &mut StreamOwned<ServerConnection, TcpStream>) {
    match answer {
        Answer::Text(text) => {
            stream.write_all(text.as_bytes()).ok();
            stream.conn.send_close_notify();
            stream.flush().ok();
        }
        Answer::Endless(pause) => {
            let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
            stream.write_all(head).ok();
            let piece = vec![b' '; if pause.is_zero() { 4096 } else { 1 }];
            while stream
                .write_all(&piece)
                .and_then(|()| stream.flush())
                .is_ok()
            {
                thread::sleep(*pause);
            }
        }
    }
}
