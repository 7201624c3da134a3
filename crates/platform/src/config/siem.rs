//! Settings of the receiver that gets the journal's lines beside the file, and the rules that they must keep.
//!
//! There is no setting that leaves out TLS or the check of the receiver's certificate: what pretends to be the
//! receiver would swallow the evidence.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use super::{rule::Rule, seconds, tls::given};

/// The port of syslog over TLS (RFC 5425 §4.1).
const PORT: u16 = 6514;

#[derive(Debug, Clone, Deserialize)]
pub struct Siem {
    receiver: String,
    ca_file: PathBuf,
    cert_file: PathBuf,
    key_file: PathBuf,
    #[serde(rename = "confirm_seconds", deserialize_with = "seconds")]
    pub confirm_every: Duration,
    pub enterprise_number: u32,
}

/// Where the receiver is.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// A name or an address, without brackets.
    pub host: String,
    pub port: u16,
}

impl Siem {
    /// The receiver, where lines are sent to one.
    #[must_use]
    pub fn receiver(&self) -> Option<Receiver> {
        Receiver::parse(&self.receiver)
    }

    /// The authority of the receiver's certificate, in place of the system's.
    #[must_use]
    pub fn ca_file(&self) -> Option<&Path> {
        given(&self.ca_file)
    }

    /// The certificate chain and the key that are shown to the receiver.
    #[must_use]
    pub fn pair(&self) -> Option<(&Path, &Path)> {
        given(&self.cert_file).zip(given(&self.key_file))
    }

    fn is_off(&self) -> bool {
        self.receiver.is_empty()
    }

    fn names_files(&self) -> bool {
        [&self.ca_file, &self.cert_file, &self.key_file]
            .iter()
            .any(|file| given(file).is_some())
    }
}

impl Receiver {
    /// `HOST`, `HOST:PORT` or `[ADDRESS]:PORT`.
    fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => rest.split_once(']')?,
            None => text.split_at(text.find(':').unwrap_or(text.len())),
        };
        let port = match port.strip_prefix(':') {
            Some(port) => port.parse().ok().filter(|port| *port > 0)?,
            None => port.is_empty().then_some(PORT)?,
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
        let fits = !host.is_empty() && host.len() <= 253 && host.chars().all(plain);
        fits.then(|| Self {
            host: host.to_owned(),
            port,
        })
    }
}

pub(super) const RULES: &[Rule] = &[
    Rule::whole(
        "audit.siem.receiver",
        |s| !s.audit.siem.is_off() && s.audit.siem.receiver().is_none(),
        "write HOST:PORT, an address of IP version 6 in brackets",
        "audit.siem.receiver = 'tls://siem.example.com'",
    ),
    Rule::whole(
        "audit.siem.receiver",
        |s| s.audit.siem.is_off() && s.audit.siem.names_files(),
        "ca_file, cert_file and key_file have no effect without receiver",
        "audit.siem = { receiver = '', ca_file = 'ca.pem' }",
    ),
    Rule::whole(
        "audit.siem.cert_file",
        |s| {
            let siem = &s.audit.siem;
            given(&siem.cert_file).is_some() != given(&siem.key_file).is_some()
        },
        "give cert_file and key_file together",
        "audit.siem = { receiver = 'siem.example.com', cert_file = 'cert.pem', key_file = '' }",
    ),
    Rule::integer(
        "audit.siem.confirm_seconds",
        |s| s.audit.siem.confirm_every.as_secs(),
        (1, 3_600),
        "seconds",
    ),
    Rule::integer(
        "audit.siem.enterprise_number",
        |s| s.audit.siem.enterprise_number.into(),
        (1, 2_147_483_647),
        "",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_is_a_host_with_or_without_a_port_and_nothing_else() {
        let read = |text: &str| Receiver::parse(text).map(|one| (one.host, one.port));
        for (text, host, port) in [
            ("siem.example.com", "siem.example.com", PORT),
            ("siem.example.com:16514", "siem.example.com", 16_514),
            ("192.0.2.1:1", "192.0.2.1", 1),
            ("[2001:db8::1]", "2001:db8::1", PORT),
            ("[2001:db8::1]:7", "2001:db8::1", 7),
        ] {
            assert_eq!(read(text), Some((host.to_owned(), port)), "{text}");
        }
        for text in [
            "",
            ":6514",
            "siem:",
            "siem:0",
            "siem:65536",
            "2001:db8::1",
            "[2001:db8::1",
            "[]:1",
            "tls://siem",
            "user@siem",
            "siem/path",
            "siem host",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
