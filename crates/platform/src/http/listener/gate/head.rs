//! Whether a request head passes, and how its body is framed.
//!
//! Two parsers that read one head differently are request smuggling (RFC 9112 §11.2), so what is
//! ambiguous is refused instead of interpreted: both lengths, a repeated one, another coding, bare
//! line feeds, folded lines, and every field that may stand once and stands twice.
//!
//! Controls: HT-01, HT-03, HT-04, HT-07, HT-08, HT-09

use std::{
    mem::MaybeUninit,
    net::{Ipv4Addr, Ipv6Addr},
    str,
};

use actix_web::http::{Method, Uri};

use super::{Limits, PROBE_PATH, ProtocolError, framing::Framing};

/// The parser's own bound; the framework has the same. `Limits::fields` is at most this.
pub const MAX_FIELDS: usize = 96;

/// Most commas and semicolons in a head: more than all its lists and their parameters need, unless the
/// lists are there to be walked through. RFC 9110 §5.6.1.2 asks for a bound on empty elements.
const MAX_SEPARATORS: usize = 256;

/// Fields of which a second one is never meant well.
const SINGLETONS: [&str; 11] = [
    "authorization",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "idempotency-key",
    "if-match",
    "origin",
    "transfer-encoding",
    "content-encoding",
];

/// How far a head has been looked at: where its current line begins, and where to go on. Without
/// the second a client that sends single bytes would have all of them read again for each.
#[derive(Debug, Clone, Copy, Default)]
pub struct Progress {
    line: usize,
    searched: usize,
}

/// Looks for the end of a head in `bytes`, going on where the last call stopped.
///
/// # Errors
/// `Malformed` for a line that does not end with CR LF; `HeadTooLarge` and `TargetTooLong` as soon as
/// that is certain, without waiting for the rest.
pub fn find_end(
    bytes: &[u8],
    progress: &mut Progress,
    limits: &Limits,
) -> Result<Option<usize>, ProtocolError> {
    while let Some(length) = bytes
        .get(progress.searched..)
        .and_then(|rest| memchr::memchr(b'\n', rest))
    {
        let end = progress.searched + length;
        let first = progress.line == 0;
        within(first, end, limits)?;
        let line = bytes.get(progress.line..end);
        let line = line.and_then(|line| line.strip_suffix(b"\r"));
        let line = line.ok_or(ProtocolError::Malformed)?;
        *progress = Progress {
            line: end + 1,
            searched: end + 1,
        };
        if line.is_empty() {
            // An empty line before the request line (RFC 9112 §2.2 would let a server skip it).
            return if first {
                Err(ProtocolError::Malformed)
            } else {
                Ok(Some(end + 1))
            };
        }
    }
    progress.searched = bytes.len();
    within(progress.line == 0, bytes.len(), limits)?;
    Ok(None)
}

/// Asked of whole lines and of begun ones, so that the answer does not depend on the pieces in which
/// a head arrives.
fn within(first_line: bool, length: usize, limits: &Limits) -> Result<(), ProtocolError> {
    if first_line && length > limits.target_bytes + 32 {
        Err(ProtocolError::TargetTooLong)
    } else if length > limits.head_bytes {
        Err(ProtocolError::HeadTooLarge)
    } else {
        Ok(())
    }
}

/// What a head that passes says about its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// The body that follows.
    pub framing: Framing,
    /// Whether no request follows: `Connection: close`, or HTTP/1.0.
    pub last: bool,
    /// Whether the client waits for `100 Continue` before it sends the body.
    pub waits: bool,
    /// Whether [`conceal`](super::conceal::conceal) has to be called.
    pub conceal: bool,
}

/// Decides on a whole head, on a connection whose client has called this server name in TLS.
///
/// # Errors
/// Why it does not pass.
pub fn check(head: &[u8], limits: &Limits, called: Option<&str>) -> Result<Passed, ProtocolError> {
    if head.len() > limits.head_bytes {
        return Err(ProtocolError::HeadTooLarge);
    }
    let mut fields = [const { MaybeUninit::uninit() }; MAX_FIELDS];
    let mut request = httparse::Request::new(&mut []);
    match request.parse_with_uninit_headers(head, &mut fields) {
        Ok(httparse::Status::Complete(length)) if length == head.len() => {}
        Err(httparse::Error::TooManyHeaders) => return Err(ProtocolError::HeadTooLarge),
        Ok(_) | Err(_) => return Err(ProtocolError::Malformed),
    }
    let target = request.path.unwrap_or_default();
    if target.len() > limits.target_bytes {
        return Err(ProtocolError::TargetTooLong);
    }
    // Origin form only: absolute form would bring a second host, a fragment is never sent. No path
    // here needs percent-encoding, so each has one spelling (web cache deception).
    let path = target.split('?').next().unwrap_or_default();
    let visible = target.bytes().all(|b| b.is_ascii_graphic());
    if !target.starts_with('/') || target.contains('#') || path.contains('%') || !visible {
        return Err(ProtocolError::Malformed);
    }
    // The framework's own types, so that it cannot refuse later what has passed here. A body after
    // CONNECT would be framed in another way.
    let method = request.method.unwrap_or_default();
    let known = Method::from_bytes(method.as_bytes()).is_ok_and(|method| method != Method::CONNECT);
    if !known || Uri::try_from(target).is_err() {
        return Err(ProtocolError::Malformed);
    }
    let separators = memchr::memchr2_iter(b',', b';', head).count();
    if request.headers.len() > limits.fields || separators > MAX_SEPARATORS {
        return Err(ProtocolError::HeadTooLarge);
    }
    let old = request.version == Some(0);
    let fields = Fields(request.headers);
    fields.singletons()?;
    // A page on an operator's machine reaches what the operator reaches (DNS rebinding, CSRF).
    if !limits.pages && fields.one("origin").is_some() {
        return Err(ProtocolError::Origin);
    }
    let expects = fields.expectation()?;
    let framing = fields.framing(limits)?;
    let options = fields.connection();
    let probe = path == PROBE_PATH;
    match fields.one("host") {
        Some(value) => host(value, probe, limits, called)?,
        // HTTP/1.0 has no such field; only a probe needs none.
        None if old && probe => {}
        None => return Err(ProtocolError::Malformed),
    }
    if old {
        http_1_0(method, &fields, framing)?;
    }
    Ok(Passed {
        framing,
        last: old || options.close,
        waits: expects && !old && framing != Framing::None,
        conceal: old || expects || options.upgrade,
    })
}

/// HTTP/1.0 is what nginx speaks to a server unless it is told otherwise. It has one framing, a
/// length, and no second request: a chunked body, or a kept connection, is what its proxies and
/// servers read differently (RFC 9112 §6.1, §9.3).
fn http_1_0(method: &str, fields: &Fields<'_>, framing: Framing) -> Result<(), ProtocolError> {
    let chunked = matches!(framing, Framing::Chunked { .. });
    // The framework answers that by itself, without our header fields.
    let unframed = method == Method::POST && fields.one("content-length").is_none();
    if chunked || unframed {
        return Err(ProtocolError::Malformed);
    }
    Ok(())
}

/// What `Connection` and `Upgrade` ask for.
struct Options {
    close: bool,
    upgrade: bool,
}

struct Fields<'h>(&'h [httparse::Header<'h>]);

impl Fields<'_> {
    fn one(&self, name: &str) -> Option<&[u8]> {
        let field = self
            .0
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))?;
        Some(field.value)
    }

    fn singletons(&self) -> Result<(), ProtocolError> {
        for name in SINGLETONS {
            let named = |field: &&httparse::Header<'_>| field.name.eq_ignore_ascii_case(name);
            if self.0.iter().filter(named).count() > 1 {
                return Err(match name {
                    "authorization" => ProtocolError::CredentialsTwice,
                    _ => ProtocolError::Malformed,
                });
            }
        }
        Ok(())
    }

    /// Whether `100 Continue` is expected.
    fn expectation(&self) -> Result<bool, ProtocolError> {
        match self.one("expect") {
            Some(value) if value.eq_ignore_ascii_case(b"100-continue") => Ok(true),
            Some(_) => Err(ProtocolError::Expectation),
            None => Ok(false),
        }
    }

    /// An upgrade is an offer, which a server may leave (RFC 9110 §7.8).
    fn connection(&self) -> Options {
        let named = |field: &&httparse::Header<'_>| field.name.eq_ignore_ascii_case("connection");
        let fields = self.0.iter().filter(named);
        let options = fields.flat_map(|field| field.value.split(|byte| *byte == b','));
        let mut found = Options {
            close: false,
            upgrade: self.one("upgrade").is_some(),
        };
        for option in options.map(<[u8]>::trim_ascii) {
            found.close |= option.eq_ignore_ascii_case(b"close");
            found.upgrade |= option.eq_ignore_ascii_case(b"upgrade");
        }
        found
    }

    fn framing(&self, limits: &Limits) -> Result<Framing, ProtocolError> {
        match (self.one("content-length"), self.one("transfer-encoding")) {
            (Some(_), Some(_)) => Err(ProtocolError::Malformed),
            (None, None) => Ok(Framing::None),
            (Some(length), None) => {
                // Digits only: no sign, no list, no space; nineteen of them fit a u64.
                let digits =
                    (1..=19).contains(&length.len()) && length.iter().all(u8::is_ascii_digit);
                let length = str::from_utf8(length).ok().filter(|_| digits);
                let length = length.and_then(|length| length.parse().ok());
                length.map(Framing::length).ok_or(ProtocolError::Malformed)
            }
            (None, Some(coding)) if coding.eq_ignore_ascii_case(b"chunked") => {
                Ok(Framing::chunked(limits.body_chunks))
            }
            (None, Some(_)) => Err(ProtocolError::NotImplemented),
        }
    }
}

/// A name with or without a port, which may be empty (RFC 9112 §3.2, RFC 3986 §3.2.3), one of ours, and the
/// one that was called in TLS (RFC 9110 §7.4). Anything else is a cache, a proxy or a browser that was tricked
/// (DNS rebinding). A probe may call any address: a rebound name is none.
fn host(
    value: &[u8],
    probe: bool,
    limits: &Limits,
    called: Option<&str>,
) -> Result<(), ProtocolError> {
    let value = str::from_utf8(value).map_err(|_| ProtocolError::Malformed)?;
    let (name, port) = match value.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port),
        _ => (value, ""),
    };
    let literal = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let plain = match literal {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_')),
    };
    let number = port.is_empty() || (port.parse::<u16>().is_ok() && !port.starts_with('+'));
    if name.is_empty() || !plain || !number {
        return Err(ProtocolError::Malformed);
    }
    let mut hosts = limits.hosts.iter();
    let ours = hosts.any(|ours| name.eq_ignore_ascii_case(ours));
    let same = called.is_none_or(|called| name.eq_ignore_ascii_case(called));
    let address = literal.is_some() || name.parse::<Ipv4Addr>().is_ok();
    ((ours && same) || (probe && address))
        .then_some(())
        .ok_or(ProtocolError::Misdirected)
}
