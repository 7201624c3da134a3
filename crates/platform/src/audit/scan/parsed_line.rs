//! A line as it is read. One line has one spelling: what reads the same and is written in another way
//! was not written by the journal, and a hash over it would vouch for somebody else's bytes.

use std::{
    borrow::Cow,
    io::{self, Write},
    net::{IpAddr, SocketAddr},
};

use serde::{Deserialize, Deserializer, Serialize};
use uuid::{Uuid, fmt::Simple};

use super::Fault;
use crate::audit::{
    chain::Hash,
    checkpoint::{PublicKey, Signature},
    entry::{Outcome, Phase},
    event::{Event, Level},
    line::{self, MAX_LINE},
};

/// A text that is borrowed from the line where it can be.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// The members of a line, in their order: those of `line.rs`.
#[derive(Debug, Serialize, Deserialize)]
pub struct ParsedLine<'a> {
    pub seq: u64,
    pub prev_hash: Hash,
    #[serde(borrow)]
    pub ts: Text<'a>,
    level: Level,
    #[serde(borrow)]
    pub event: Text<'a>,
    pub phase: Phase,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub reason_code: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub action: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    method: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    route: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<Uuid>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    client_request_id: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<Simple>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    tls_version: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    tls_suite: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    tls_group: Option<Text<'a>>,
    #[serde(borrow)]
    actor: Option<Actor<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    operator: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    object: Option<Object<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    src_ip: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<SocketAddr>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    product: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    exchange: Option<Exchange<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<Signature>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Actor<'a> {
    #[serde(borrow)]
    iss: Text<'a>,
    #[serde(borrow)]
    sub: Text<'a>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    client_id: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    act: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    api_key: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    acr: Option<Text<'a>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Object<'a> {
    #[serde(borrow)]
    r#type: Text<'a>,
    #[serde(borrow)]
    id: Text<'a>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Exchange<'a> {
    request_bytes: Option<u64>,
    response_bytes: Option<u64>,
    /// Of older lines only: they have it here, and may say that there is none.
    #[serde(
        borrow,
        default,
        deserialize_with = "even_null",
        skip_serializing_if = "Option::is_none"
    )]
    product: Option<Told<'a>>,
}

impl<'a> ParsedLine<'a> {
    /// # Errors
    /// When it is no line, or the journal would have written it in another way.
    pub fn parse(line: &'a [u8]) -> Result<Self, Fault> {
        if line.len() > MAX_LINE {
            return Err(Fault::TooLong);
        }
        let parsed: Self = serde_json::from_slice(line).map_err(|_| Fault::NotALine)?;
        let mut rest = Rest(line);
        line::spell(&parsed, &mut rest).map_err(|_| Fault::NotALine)?;
        let outcome = parsed.phase == Phase::Outcome;
        let whole = parsed.attempt.is_some() == outcome && parsed.outcome.is_some() == outcome;
        if !rest.0.is_empty() || !whole {
            return Err(Fault::NotALine);
        }
        if parsed.checkpoint.is_some() == parsed.is_bare_checkpoint()
            && (parsed.event.0 == Event::AuditCheckpoint.name()) == parsed.checkpoint.is_some()
        {
            Ok(parsed)
        } else {
            Err(Fault::NotACheckpoint)
        }
    }

    /// The id of its object, if that is of this kind.
    pub fn object(&self, kind: &str) -> Option<&str> {
        let object = self
            .object
            .as_ref()
            .filter(|object| object.r#type.0 == kind);
        object.map(|object| &*object.id.0)
    }

    /// Whether it is a checkpoint by this key.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.checkpoint.as_ref().is_some_and(|signature| {
            signature.key == key.id && key.vouches(signature, self.seq, self.prev_hash, &self.ts.0)
        })
    }

    /// Whether it says nothing but what the signature is over.
    fn is_bare_checkpoint(&self) -> bool {
        self.event.0 == Event::AuditCheckpoint.name()
            && self.level == Event::AuditCheckpoint.level()
            && self.phase == Phase::Point
            && self.reason_code.is_none()
            && self.action.is_none()
            && self.method.is_none()
            && self.route.is_none()
            && self.request_id.is_none()
            && self.client_request_id.is_none()
            && self.trace_id.is_none()
            && self.tls_version.is_none()
            && self.tls_suite.is_none()
            && self.tls_group.is_none()
            && self.actor.is_none()
            && self.operator.is_none()
            && self.object.is_none()
            && self.src_ip.is_none()
            && self.peer.is_none()
            && self.product.is_none()
            && self.status.is_none()
            && self.duration_ms.is_none()
            && self.count.is_none()
            && self.exchange.is_none()
    }
}

/// A member that is there, with a text or with `null`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
struct Told<'a>(#[serde(borrow)] Option<Text<'a>>);

fn even_null<'de, D: Deserializer<'de>>(member: D) -> Result<Option<Told<'de>>, D::Error> {
    Told::deserialize(member).map(Some)
}

/// What of a line is still to be spelled.
struct Rest<'a>(&'a [u8]);

impl Write for Rest<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let rest = self.0.strip_prefix(bytes);
        self.0 = rest.ok_or(io::ErrorKind::InvalidData)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A journal goes on after an upgrade, and is verified whole.
    #[test]
    fn a_line_of_an_older_version_is_a_line() {
        let line = |exchange: &str| {
            let zeros = "0".repeat(64);
            format!(
                r#"{{"seq":1,"prev_hash":"{zeros}","ts":"2026-01-02T03:04:05.006Z","level":"info","event":"contain_watched","phase":"point","tls_version":"1.3","actor":null,"exchange":{{"request_bytes":null,"response_bytes":0{exchange}}}}}"#
            )
        };
        for exchange in [r#","product":"curl/8.5.0""#, r#","product":null"#, ""] {
            let line = line(exchange);
            assert!(ParsedLine::parse(line.as_bytes()).is_ok(), "{line}");
        }
        let unknown = line(r#","agent":null"#);
        assert!(ParsedLine::parse(unknown.as_bytes()).is_err());
    }
}
