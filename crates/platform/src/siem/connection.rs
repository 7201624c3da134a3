//! A connection to the receiver, and what it takes to believe that the receiver has read what was sent.
//!
//! Syslog has no acknowledgement, and what the kernel has taken may never leave it. But TLS is read in order, and a
//! receiver that gets our `close_notify` must answer with its own (RFC 5425 §4.4). So a connection is ended on
//! purpose to learn that the receiver's program has read all of it. Three things are asked for:
//!
//! - The receiver had not ended the connection before, and for half a second nothing was on its way to it: its
//!   `close_notify` is an answer, and not one that crosses ours.
//! - Its `close_notify` comes: nobody between the two can make one.
//! - The stream then ends, and is not reset: a kernel resets a connection whose program has left bytes unread.
//!
//! It does not prove that the receiver has stored a line, or that it will.

use std::{
    io::{self, Write},
    net::ToSocketAddrs,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use rustls::{ClientConnection, StreamOwned, pki_types::ServerName};

use crate::{
    config::{self, Receiver},
    tls::{self, TimedSocket, TlsError},
};

/// Longest time for a connection with its handshake, for the bytes of one [`Connection::send`], and for the end with
/// its answer; whatever the receiver sends or takes meanwhile.
const PATIENCE: Duration = Duration::from_secs(10);
/// Silence before the end.
const QUIET: Duration = Duration::from_millis(500);

/// Why lines are not confirmed; for the log.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("no connection: {0}")]
    Connect(io::Error),
    #[error("no connection: {0}")]
    Tls(#[from] TlsError),
    #[error("the connection broke: {0}")]
    Broken(io::Error),
    #[error("the receiver has ended the connection by itself")]
    Ended,
    #[error("the receiver has not answered close_notify: RFC 5425 §4.4 demands it")]
    Unanswered,
    #[error("the journal: {0}")]
    Journal(io::Error),
}

/// Where the receiver is, and how it is spoken to.
pub(super) struct Server {
    receiver: Receiver,
    ca_file: Option<PathBuf>,
    pair: Option<(PathBuf, PathBuf)>,
}

impl Server {
    pub fn new(receiver: Receiver, settings: &config::Siem) -> Self {
        let pair = settings.pair();
        Self {
            receiver,
            ca_file: settings.ca_file().map(Into::into),
            pair: pair.map(|(cert, key)| (cert.into(), key.into())),
        }
    }

    /// Its name in records.
    pub fn name(&self) -> String {
        format!("{}:{}", self.receiver.host, self.receiver.port)
    }

    /// A connection whose certificate and name were checked. The files are read for each: they are renewed while
    /// the service runs.
    pub fn connect(&self) -> Result<Connection, Fault> {
        let pair = self.pair.as_ref();
        let pair = pair.map(|(cert, key)| (cert.as_path(), key.as_path()));
        let config = tls::client_showing(self.ca_file.as_deref(), pair)?;
        self.handshake(Arc::new(config)).map_err(Fault::Connect)
    }

    fn handshake(&self, config: Arc<rustls::ClientConfig>) -> io::Result<Connection> {
        let name = ServerName::try_from(self.receiver.host.clone()).map_err(io::Error::other)?;
        let tls = ClientConnection::new(config, name).map_err(io::Error::other)?;
        let place = (&*self.receiver.host, self.receiver.port);
        let addresses: Vec<_> = place.to_socket_addrs()?.collect();
        let socket = TimedSocket::connect(&addresses, PATIENCE)?;
        let mut stream = StreamOwned::new(tls, socket);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Connection(stream))
    }
}

/// Bytes go one way.
pub(super) struct Connection(StreamOwned<ClientConnection, TimedSocket>);

impl Connection {
    /// Hands bytes to the connection. That proves nothing.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.0.sock.within(PATIENCE);
        let sent = self.0.write_all(bytes).and_then(|()| self.0.flush());
        sent.map_err(Fault::Broken)
    }

    /// Waits, and notices when the receiver ends the connection.
    pub fn listen(&mut self, time: Duration) -> Result<(), Fault> {
        let until = Instant::now() + time;
        loop {
            let rest = until.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                return Ok(());
            }
            match self.receive(rest) {
                Ok(Received::Nothing | Received::Bytes) => {}
                Ok(Received::Goodbye | Received::End) => return Err(Fault::Ended),
                Err(error) => return Err(Fault::Broken(error)),
            }
        }
    }

    /// Ends the connection; the receiver has read all of it then.
    pub fn confirm(mut self) -> Result<(), Fault> {
        self.listen(QUIET)?;
        let until = Instant::now() + PATIENCE;
        self.0.sock.within(PATIENCE);
        self.0.conn.send_close_notify();
        let closed = self.0.flush();
        closed
            .and_then(|()| self.0.sock.finish())
            .map_err(Fault::Broken)?;
        let mut answered = false;
        loop {
            let rest = until.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                return Err(Fault::Unanswered);
            }
            match self.receive(rest) {
                Ok(Received::Nothing | Received::Bytes) => {}
                Ok(Received::Goodbye) => answered = true,
                Ok(Received::End) if answered => return Ok(()),
                Ok(Received::End) => return Err(Fault::Unanswered),
                Err(error) => return Err(Fault::Broken(error)),
            }
        }
    }

    /// What arrives within this time. A syslog receiver sends nothing but what TLS itself needs.
    fn receive(&mut self, time: Duration) -> io::Result<Received> {
        let StreamOwned { conn, sock } = &mut self.0;
        sock.within(time);
        match conn.read_tls(sock) {
            Ok(0) => Ok(Received::End),
            Ok(_) => {
                let state = conn.process_new_packets().map_err(io::Error::other)?;
                if state.plaintext_bytes_to_read() > 0 {
                    return Err(io::Error::other("a syslog receiver does not speak"));
                }
                Ok(if state.peer_has_closed() {
                    Received::Goodbye
                } else {
                    Received::Bytes
                })
            }
            Err(error) if is_timeout(&error) => Ok(Received::Nothing),
            Err(error) => Err(error),
        }
    }
}

/// What the receiver's side did.
enum Received {
    Nothing,
    Bytes,
    /// `close_notify`.
    Goodbye,
    /// The end of the stream.
    End,
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use std::{io::Read, net::TcpListener, thread};

    use rustls::{
        ServerConfig, ServerConnection,
        pki_types::{PrivateKeyDer, pem::PemObject},
    };
    use tempfile::TempDir;

    use super::*;
    use crate::{
        clock::{Clock as _, SystemClock},
        tls::development,
    };

    /// A batch is much smaller; but the kernel takes megabytes before anybody waits.
    const BYTES: usize = 64 * 1024 * 1024;

    #[test]
    fn a_receiver_that_takes_a_little_now_and_then_is_given_up() {
        let files = TempDir::new().unwrap();
        let now = SystemClock::default().now();
        let pair = development::certificates(files.path(), "siem", now).unwrap();
        let provider = tls::Policy::of_client().provider();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                tls::certificates(&pair.cert).unwrap(),
                PrivateKeyDer::from_pem_file(&pair.key).unwrap(),
            );
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server {
            receiver: Receiver {
                host: "localhost".to_owned(),
                port: listener.local_addr().unwrap().port(),
            },
            ca_file: Some(files.path().join("ca.pem")),
            pair: None,
        };
        thread::spawn(move || {
            let (socket, _) = listener.accept().unwrap();
            let connection = ServerConnection::new(Arc::new(config.unwrap())).unwrap();
            let mut stream = StreamOwned::new(connection, socket);
            let (mut piece, began) = ([0; 4096], Instant::now());
            // Who has no bound fails otherwise than with a timeout.
            while began.elapsed() < PATIENCE * 3 && stream.read(&mut piece).is_ok() {
                thread::sleep(Duration::from_millis(5));
            }
        });
        let mut connection = server.connect().unwrap();
        let sent = connection.send(&vec![b'a'; BYTES]).unwrap_err();
        assert!(
            matches!(&sent, Fault::Broken(error) if error.kind() == io::ErrorKind::TimedOut),
            "{sent:?}"
        );
    }
}
