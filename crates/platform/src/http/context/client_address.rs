//! Whose request it is, by address.
//!
//! `X-Forwarded-For` is text that any client can write, so it counts only from a configured proxy,
//! and only as far as configured proxies wrote it: from the right, the first address that is not
//! one of them (RFC 7239 §8.1).
//!
//! Controls: RL-03, RL-04

mod forwarded;

use std::{
    iter,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use actix_web::{
    HttpRequest,
    http::header::{FORWARDED, HeaderMap, HeaderName, HeaderValue},
    web::Data,
};
use ipnet::IpNet;

use crate::config::ForwardedField;
use crate::http::problem::Problem;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Longest chain of proxies that is followed; the last one looked at is then the client.
const MAX_HOPS: usize = 32;

/// `64:ff9b::/96`.
const NAT64: [u8; 12] = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];

/// The proxies that are believed.
#[derive(Debug, Clone)]
pub struct TrustedProxies {
    pub networks: Vec<IpNet>,
    pub field: ForwardedField,
}

impl TrustedProxies {
    /// The address of the client behind `peer`.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut address = peer.to_canonical();
        if !self.trusts(address) {
            return address;
        }
        let name = match self.field {
            ForwardedField::XForwardedFor => X_FORWARDED_FOR,
            ForwardedField::Forwarded => FORWARDED,
        };
        let lines: Vec<&HeaderValue> = headers.get_all(name).collect();
        let lines = lines.iter().rev().map(|line| line.as_bytes());
        let mut hops = lines.flat_map(|line| self.hops(line)).take(MAX_HOPS);
        while self.trusts(address) {
            match hops.next().flatten() {
                Some(hop) => address = hop.to_canonical(),
                // What a proxy did not write as an address ends the trail at that proxy.
                None => break,
            }
        }
        address
    }

    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks
            .iter()
            .any(|network| network.contains(&address))
    }

    /// The hops in one line, the last one first. Each element is read alone, as bytes: what a client
    /// wrote to the left changes nothing about what a proxy wrote to the right.
    fn hops<'l>(&self, line: &'l [u8]) -> impl Iterator<Item = Option<IpAddr>> + use<'l> {
        let field = self.field;
        let mut rest = Some(line);
        let mut last_element = move || {
            let line = rest?;
            let comma = match field {
                ForwardedField::XForwardedFor => memchr::memrchr(b',', line),
                ForwardedField::Forwarded => forwarded::last(b',', line),
            };
            rest = comma.and_then(|comma| line.get(..comma));
            line.get(comma.map_or(0, |comma| comma + 1)..)
        };
        iter::from_fn(move || {
            let element = last_element()?;
            Some(match field {
                ForwardedField::XForwardedFor => node(element.trim_ascii()),
                ForwardedField::Forwarded => {
                    forwarded::parameter(element, b"for").and_then(|value| node(&value))
                }
            })
        })
    }
}

/// An address, with or without port, as proxies write it (RFC 7239 §6).
fn node(text: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(text).ok()?;
    if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']')?;
        let well_formed = rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port);
        let address = address.parse().map(IpAddr::V6).ok();
        return address.filter(|_| well_formed);
    }
    let with_port = || {
        let (address, port) = text.split_once(':')?;
        let address: Ipv4Addr = address.parse().ok()?;
        is_port(port).then_some(IpAddr::V4(address))
    };
    text.parse().ok().or_else(with_port)
}

/// A port, or the name that a proxy gives it instead (`_p1`).
fn is_port(text: &str) -> bool {
    let named = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    match text.strip_prefix('_') {
        Some(name) => !name.is_empty() && name.bytes().all(named),
        None => (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

/// The client's address as this listener knows it.
#[must_use]
pub fn of(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    let proxies = request.app_data::<Data<TrustedProxies>>();
    Some(proxies.map_or(peer, |proxies| proxies.client(peer, request.headers())))
}

/// The same, for what a client without an address does not pass.
///
/// # Errors
/// 500 when there is no peer: never over a socket.
pub fn required(request: &HttpRequest) -> Result<IpAddr, Problem> {
    of(request).ok_or_else(|| Problem::Internal("a request without a peer".into()))
}

/// Whose share a request counts against.
///
/// # Errors
/// As [`required`]. Who cannot be counted is not let through.
pub fn counted(request: &HttpRequest) -> Result<IpAddr, Problem> {
    required(request).map(bucket)
}

/// What is counted as one client: an IPv4 address, or the IPv6 network that one customer gets. In a
/// /64 anybody has eighteen trillion million addresses.
#[must_use]
pub fn bucket(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        // NAT64: an IPv4 client behind a translator (RFC 6052 §2.1).
        IpAddr::V6(address) if address.octets().starts_with(&NAT64) => {
            let [.., a, b, c, d] = address.octets();
            IpAddr::from([a, b, c, d])
        }
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// What one organisation is given: an IPv4 /24, an IPv6 /48. Its first address.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match bucket(address) {
        IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() & !0xff).into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 80 << 80).into(),
    }
}

#[cfg(test)]
mod tests;
