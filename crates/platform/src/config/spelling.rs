//! Hosts, origins and URLs as clients spell them.
//!
//! A client sends a host and an origin in one spelling, that of the URL standard. A setting in another
//! spelling is a name that no request can match: the service starts, and refuses everybody. So a text
//! is accepted only when the standard's own parser gives it back unchanged.

use std::net::Ipv6Addr;

use url::{Host, Url};

/// Why no `Host` field can say what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HostFault {
    Url,
    Wildcard,
    Brackets,
    Port,
    Case,
    FinalDot,
    Form,
}

/// The first fault of a host, if it has one.
pub(super) fn host_fault(text: &str) -> Option<HostFault> {
    let after_colon = text.rsplit_once(':').map(|(_, port)| port);
    if text.contains('/') {
        Some(HostFault::Url)
    } else if text.contains('*') {
        Some(HostFault::Wildcard)
    } else if text.parse::<Ipv6Addr>().is_ok() {
        Some(HostFault::Brackets)
    } else if after_colon.is_some_and(|port| !port.ends_with(']')) {
        Some(HostFault::Port)
    } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Some(HostFault::Case)
    } else if text.ends_with('.') {
        Some(HostFault::FinalDot)
    } else {
        (!is_host(text)).then_some(HostFault::Form)
    }
}

/// Whether a host is a name that others can have too, and no address.
pub(super) fn is_name(host: &str) -> bool {
    host != "localhost" && matches!(Host::parse(host), Ok(Host::Domain(_)))
}

/// An address or a name of DNS, as it stands in a URL that a client has parsed.
fn is_host(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
    let label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(plain);
    let is_name = || text.len() <= 253 && text.split('.').all(label);
    match Host::parse(text) {
        Ok(host @ Host::Domain(_)) => is_name() && host.to_string() == text,
        Ok(address) => address.to_string() == text,
        Err(_) => false,
    }
}

/// Why no browser sends what is written as `Origin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OriginFault {
    Wildcard,
    Scheme,
    Path,
    DefaultPort,
    Plain,
    Form,
}

/// The first fault of an origin, if it has one (RFC 6454 §6.2).
pub(super) fn origin_fault(text: &str) -> Option<OriginFault> {
    if text.contains('*') {
        return Some(OriginFault::Wildcard);
    }
    let (secure, rest) = match text.split_once("://") {
        Some(("https", rest)) => (true, rest),
        Some(("http", rest)) => (false, rest),
        _ => return Some(OriginFault::Scheme),
    };
    let host = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => host,
        _ => rest,
    };
    if rest.contains(['/', '?', '#', '@']) {
        Some(OriginFault::Path)
    } else if rest.ends_with(if secure { ":443" } else { ":80" }) {
        Some(OriginFault::DefaultPort)
    } else if !secure && !["localhost", "127.0.0.1", "[::1]"].contains(&host) {
        Some(OriginFault::Plain)
    } else {
        let same = Url::parse(text)
            .is_ok_and(|url| url.port() != Some(0) && url.origin().ascii_serialization() == text);
        (host_fault(host).is_some() || !same).then_some(OriginFault::Form)
    }
}

/// Whether it is an https URL of a server, without a user and without a fragment.
pub(super) fn is_https_url(text: &str) -> bool {
    let plain = |url: Url| {
        url.scheme() == "https"
            && url.host().is_some()
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
    };
    one_line(text) && text.starts_with("https://") && Url::parse(text).is_ok_and(plain)
}

/// Whether a URL is that of the machine which asks (RFC 6761 §6.3).
pub(super) fn is_of_this_machine(text: &str) -> bool {
    let url = Url::parse(text);
    match url.as_ref().ok().and_then(Url::host) {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether it is an address to write to, as `security.txt` has it (RFC 9116 §2.5.3).
pub(super) fn is_contact(text: &str) -> bool {
    let mail = text
        .strip_prefix("mailto:")
        .and_then(|to| to.split_once('@'));
    let mail = mail.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
    is_https_url(text) || (mail && one_line(text))
}

/// Visible ASCII: what a URI is made of (RFC 3986 §2).
fn one_line(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}
