//! One event as one line: canonical JSON in plain ASCII.
//!
//! A client that can put a line break, a terminal escape or a bidirectional override into a log
//! writes other people's lines (CWE-117, Trojan Source). So every text is cut at [`MAX_TEXT`]
//! characters, and whatever is not printable ASCII is written as `\uXXXX`. `chain.rs` links the lines.

mod ascii;

use std::{
    io::Write,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use serde::{Serialize, Serializer, ser::SerializeStruct};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};
use uuid::{Uuid, fmt::Simple};

use super::{
    chain::Hash,
    checkpoint::Signature,
    entry::{Actor, Entry, Exchange, MAX_TEXT, Object, Outcome, Phase},
    event::{Event, Level},
    reason::Reason,
};

/// Bytes of the longest line there can be: nine texts of [`MAX_TEXT`] characters at twelve bytes
/// each, and the rest. A longer line is not ours.
pub const MAX_LINE: usize = 32 * 1024;

const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// A line's place in the chain, and what kind of line it is.
pub(super) struct Position<'a> {
    pub seq: u64,
    pub prev_hash: Hash,
    pub at: OffsetDateTime,
    pub phase: Phase,
    /// Of an outcome: the sequence number of its attempt.
    pub attempt: Option<u64>,
    pub outcome: Option<Outcome>,
    pub checkpoint: Option<&'a Signature>,
}

/// The members of a line, in their order. What is absent is left out, except the actor: that there
/// was none is a statement.
#[derive(Serialize)]
struct Line<'a> {
    seq: u64,
    prev_hash: Hash,
    ts: String,
    level: Level,
    event: Event,
    phase: Phase,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_code: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_request_id: Option<Bounded<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<Simple>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_suite: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_group: Option<&'a str>,
    actor: Option<&'a Actor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<Bounded<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a Object>,
    #[serde(skip_serializing_if = "Option::is_none")]
    src_ip: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exchange: Option<&'a Exchange>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<&'a Signature>,
}

/// The line without its line feed.
///
/// # Errors
/// Never in practice: a time after the year 9999 has no such form.
pub(super) fn write(entry: &Entry, position: &Position<'_>) -> Result<Vec<u8>, serde_json::Error> {
    let received = entry.received.as_deref();
    let tls = received.and_then(|request| request.tls);
    let line = Line {
        seq: position.seq,
        prev_hash: position.prev_hash,
        ts: timestamp(position.at)?,
        level: entry.event.level(),
        event: entry.event,
        phase: position.phase,
        attempt: position.attempt,
        outcome: position.outcome,
        reason_code: entry.reason,
        action: entry.action,
        method: received.map(|request| request.method),
        route: received.and_then(|request| request.route.as_deref()),
        request_id: entry.request_id,
        client_request_id: received
            .and_then(|request| request.client_request_id.as_deref())
            .map(Bounded),
        trace_id: received
            .and_then(|request| request.trace_id)
            .map(Uuid::simple),
        tls_version: tls.map(|session| session.version),
        tls_suite: tls.map(|session| session.suite),
        tls_group: tls.and_then(|session| session.group),
        actor: entry.actor.as_ref(),
        operator: entry.operator.as_deref().map(Bounded),
        object: entry.object.as_ref(),
        src_ip: entry.address,
        peer: received.and_then(|request| request.peer),
        product: received.and_then(|request| request.product.as_deref()),
        status: entry.status,
        duration_ms: entry.duration.map(milliseconds),
        count: entry.count,
        exchange: entry.exchange.as_ref(),
        checkpoint: position.checkpoint,
    };
    let mut bytes = Vec::with_capacity(512);
    spell(&line, &mut bytes)?;
    Ok(bytes)
}

/// The one spelling of a line.
pub(super) fn spell(line: &impl Serialize, to: &mut impl Write) -> Result<(), serde_json::Error> {
    line.serialize(&mut serde_json::Serializer::with_formatter(
        to,
        ascii::Ascii,
    ))
}

/// A text as a line spells it, with its quotes; none never comes.
#[must_use]
pub fn spell_text(text: &str) -> Option<String> {
    let mut spelled = Vec::with_capacity(text.len() + 2);
    spell(&text, &mut spelled).ok()?;
    String::from_utf8(spelled).ok()
}

/// RFC 3339 in UTC, in milliseconds.
pub(super) fn timestamp(at: OffsetDateTime) -> Result<String, serde_json::Error> {
    let utc = at.checked_to_offset(time::UtcOffset::UTC);
    let utc = utc.ok_or_else(|| serde::ser::Error::custom("a year of five digits"))?;
    utc.format(TIMESTAMP).map_err(serde::ser::Error::custom)
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A text, cut to [`MAX_TEXT`] characters.
struct Bounded<'a>(&'a str);

impl Serialize for Bounded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.char_indices().nth(MAX_TEXT) {
            None => serializer.serialize_str(self.0),
            Some((end, _)) => serializer.collect_str(&format_args!(
                "{}\u{2026}",
                self.0.get(..end).unwrap_or_default()
            )),
        }
    }
}

impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_struct("Actor", 6)?;
        members.serialize_field("iss", &Bounded(&self.issuer))?;
        members.serialize_field("sub", &Bounded(&self.subject))?;
        let others = [
            ("client_id", &self.client),
            ("act", &self.acting_party),
            ("api_key", &self.api_key),
            ("acr", &self.acr),
        ];
        for (name, text) in others {
            match text {
                Some(text) => members.serialize_field(name, &Bounded(text))?,
                None => members.skip_field(name)?,
            }
        }
        members.end()
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_struct("Object", 2)?;
        members.serialize_field("type", self.kind)?;
        members.serialize_field("id", &Bounded(&self.id))?;
        members.end()
    }
}

impl Serialize for Exchange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_struct("Exchange", 2)?;
        members.serialize_field("request_bytes", &self.request_bytes)?;
        members.serialize_field("response_bytes", &self.response_bytes)?;
        members.end()
    }
}

#[cfg(test)]
mod tests;
