//! What is fetched from an issuer, and what is not (EG-01, EG-02; API7:2023, API10:2023).

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::Arc,
    thread,
    time::Duration,
};

use app::{
    egress::{Client, EgressError},
    tls::{development::certificates, server_config},
};
use tempfile::TempDir;
use time::OffsetDateTime;

use crate::harness::patience;

/// A TLS server that answers each path with the bytes of its table, one connection at a time.
struct Server {
    url: String,
    directory: TempDir,
}

impl Server {
    fn answering(answers: &'static [(&'static str, &'static str)]) -> Self {
        let directory = TempDir::new().unwrap();
        let files = certificates(directory.path(), OffsetDateTime::now_utc()).unwrap();
        let tls = Arc::new(server_config(&files.cert, &files.key).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!(
            "https://localhost:{}",
            listener.local_addr().unwrap().port()
        );
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let connection = rustls::ServerConnection::new(tls.clone()).unwrap();
                let mut stream = rustls::StreamOwned::new(connection, socket);
                let mut request = [0; 4096];
                let read = stream.read(&mut request).unwrap_or(0);
                let request = String::from_utf8_lossy(&request[..read]).into_owned();
                let path = request.split(' ').nth(1).unwrap_or_default();
                if let Some((_, answer)) = answers.iter().find(|(known, _)| *known == path) {
                    stream.write_all(answer.as_bytes()).ok();
                    stream.conn.send_close_notify();
                    stream.flush().ok();
                } else if path == "/slow" {
                    stream
                        .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
                        .ok();
                    while stream.write_all(b" ").and_then(|()| stream.flush()).is_ok() {
                        thread::sleep(Duration::from_millis(100));
                    }
                } else if path == "/large" {
                    stream
                        .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
                        .ok();
                    while stream.write_all(&[b' '; 4096]).is_ok() {}
                }
            }
        });
        Self { url, directory }
    }

    fn client(&self) -> Client {
        Client::new(Some(&self.directory.path().join("ca.pem")), true).unwrap()
    }
}

const ANSWERS: &[(&str, &str)] = &[
    (
        "/json",
        "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: 2\r\n\r\n{}",
    ),
    (
        "/jwks",
        "HTTP/1.1 200 OK\r\ncontent-type: application/jwk-set+json\r\ncontent-length: 2\r\n\r\n{}",
    ),
    (
        "/html",
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\n{}",
    ),
    ("/untyped", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"),
    (
        "/missing",
        "HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
    ),
    (
        "/moved",
        "HTTP/1.1 302 Found\r\nlocation: /json\r\ncontent-length: 0\r\n\r\n",
    ),
    (
        "/moved-inside",
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://169.254.169.254/latest/\r\ncontent-length: 0\r\n\r\n",
    ),
];

#[test]
fn a_json_document_is_fetched_and_nothing_else_is() {
    let server = Server::answering(ANSWERS);
    let client = server.client();
    let get = |path: &str| client.json(&format!("{}{path}", server.url));
    assert_eq!(get("/json").unwrap(), b"{}");
    assert_eq!(get("/jwks").unwrap(), b"{}");
    for path in ["/html", "/untyped"] {
        assert!(matches!(get(path), Err(EgressError::ContentType)), "{path}");
    }
    for (path, status) in [("/missing", 404), ("/moved", 302), ("/moved-inside", 307)] {
        assert!(
            matches!(get(path), Err(EgressError::Status(got)) if got == status),
            "{path}"
        );
    }
}

#[test]
fn a_document_that_is_endless_or_slow_is_given_up() {
    let server = Server::answering(ANSWERS);
    for path in ["/large", "/slow"] {
        let started = std::time::Instant::now();
        let url = format!("{}{path}", server.url);
        let client = server.client();
        let given_up = patience::within(path, move || client.json(&url).is_err());
        assert!(given_up, "{path}");
        assert!(
            started.elapsed() < Duration::from_secs(8),
            "{path}: {:?}",
            started.elapsed()
        );
    }
}

#[test]
fn a_server_that_nobody_vouches_for_is_not_believed() {
    let (ours, theirs) = (Server::answering(ANSWERS), Server::answering(ANSWERS));
    assert!(ours.client().json(&format!("{}/json", theirs.url)).is_err());
    assert!(
        Client::new(None, true)
            .unwrap()
            .json(&format!("{}/json", theirs.url))
            .is_err()
    );
}

#[test]
fn a_private_address_is_reached_only_when_that_is_allowed() {
    let server = Server::answering(ANSWERS);
    let ca = server.directory.path().join("ca.pem");
    let outside_only = Client::new(Some(&ca), false).unwrap();
    assert!(outside_only.json(&format!("{}/json", server.url)).is_err());
    assert!(
        server
            .client()
            .json(&format!("{}/json", server.url))
            .is_ok()
    );
}
