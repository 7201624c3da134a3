//! Plain HTTP on a port that speaks TLS: it gets no answer, and what it carried is reported.
//!
//! A client that is configured with `http://` sends its credential before anybody can tell it not to, so an answer,
//! or a redirect to `https://`, would teach it nothing and leave the credential in use: it has crossed the
//! network in the clear. Bytes and time are bounded as those of a handshake are, and the connection has its place
//! among the handshakes.
//!
//! Controls: TL-01

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_util::future::LocalBoxFuture;
use secrecy::zeroize::Zeroizing;
use tokio::{io::AsyncReadExt, net::TcpStream};

use crate::{
    audit::{Entry, Event, Reason},
    http::{audit_trail::aggregator::EventAggregator, context::client_address::bucket},
};

/// Judges a credential that arrived in the clear.
pub trait ExposedCredentials: Send + Sync {
    /// Looks at the credential that `address` sent. It is text of a client, and may be anything.
    fn look<'c>(&'c self, credential: &'c str, address: IpAddr) -> LocalBoxFuture<'c, ()>;
}

/// Notices plain HTTP at one listener.
#[derive(Clone)]
pub struct Tripwire {
    judge: Arc<dyn ExposedCredentials>,
    aggregator: Arc<EventAggregator>,
    requests: Arc<AtomicU64>,
    most_bytes: usize,
}

impl Tripwire {
    /// Reads `most_bytes` of a request at most.
    #[must_use]
    pub fn new(
        judge: Arc<dyn ExposedCredentials>,
        aggregator: Arc<EventAggregator>,
        most_bytes: usize,
    ) -> Self {
        Self {
            judge,
            aggregator,
            requests: Arc::default(),
            most_bytes,
        }
    }

    /// How many requests came in the clear.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Whether the stream begins as a request of HTTP does, of any version: with a letter. No record of TLS does.
    /// Nothing is taken out of the stream.
    pub(super) async fn is_touched(stream: &TcpStream) -> bool {
        let mut first = [0];
        let peeked = stream.peek(&mut first).await;
        peeked.is_ok() && first.iter().all(u8::is_ascii_alphabetic)
    }

    /// Counts the request, and has its credential looked at. The stream ends with this, unanswered.
    pub(super) async fn trip(&self, stream: TcpStream, peer: IpAddr) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let event = Entry::new(Event::MaliciousProtocol).because(Reason::PlainHttp);
        self.aggregator.count(event.from(bucket(peer)));
        let head = self.head(stream).await;
        if let Some(credential) = credential(&head) {
            self.judge.look(credential, peer).await;
        }
    }

    /// The head of the request, as far as it comes.
    async fn head(&self, stream: TcpStream) -> Zeroizing<Vec<u8>> {
        let mut head = Zeroizing::new(Vec::with_capacity(self.most_bytes));
        let mut stream = stream.take(self.most_bytes as u64);
        loop {
            let seen = head.len().saturating_sub(3);
            match stream.read_buf(&mut *head).await {
                Ok(0) | Err(_) => return head,
                Ok(_) => {}
            }
            let new = head.get(seen..).unwrap_or_default();
            if new.windows(4).any(|end| end == b"\r\n\r\n") {
                return head;
            }
        }
    }
}

/// The token of the first `Authorization: Bearer` field whose line is whole.
fn credential(head: &[u8]) -> Option<&str> {
    let lines = head.split_inclusive(|byte| *byte == b'\n');
    let whole = lines.filter_map(|line| line.strip_suffix(b"\n"));
    let texts = whole.filter_map(|line| str::from_utf8(line).ok());
    let mut fields = texts.filter_map(|line| line.split_once(':'));
    let (_, value) = fields.find(|(name, _)| name.eq_ignore_ascii_case("authorization"))?;
    let (scheme, token) = value.trim_ascii().split_once(' ')?;
    let token = token.trim_ascii();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_found_in_a_whole_line_and_nowhere_else() {
        let find = |head: &str| credential(head.as_bytes()).map(str::to_owned);
        let sent = "GET / HTTP/1.1\r\nhost: a\r\nAUTHORIZATION:  bearer  abc \r\n\r\n";
        assert_eq!(find(sent).as_deref(), Some("abc"));
        // A client may end without the empty line, and a line without the carriage return.
        assert_eq!(
            find(&sent.replace("\r\n\r\n", "\n")).as_deref(),
            Some("abc")
        );
        for other in [
            "GET / HTTP/1.1\r\nauthorization: Bearer abc",
            "GET /?authorization:%20Bearer%20abc HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nauthorization: Basic YTpi\r\n\r\n",
            "GET / HTTP/1.1\r\nauthorization: Bearer \r\n\r\n",
            "GET / HTTP/1.1\r\nx-authorization: Bearer abc\r\n\r\n",
            "",
        ] {
            assert_eq!(find(other), None, "{other:?}");
        }
    }
}
