//! Whose request it is, by address.
//!
//! `X-Forwarded-For` is text that any client can write, so it counts only from a configured proxy,
//! and only as far as configured proxies wrote it: from the right, the first address that is not one
//! of them (RFC 7239 §8.1; CONTROLS RL-03, RL-04).

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use actix_web::{
    HttpRequest,
    http::header::{FORWARDED, HeaderMap, HeaderName},
    web::Data,
};
use ipnet::IpNet;

use super::problem::Problem;
use crate::config::ForwardedField;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

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
        let values: Vec<&str> = headers
            .get_all(name)
            .map(|value| value.to_str().unwrap_or_default())
            .collect();
        let mut hops = values.iter().rev().flat_map(|value| value.rsplit(','));
        while self.trusts(address) {
            let hop = hops.next().and_then(|hop| self.hop(hop));
            match hop {
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

    fn hop(&self, text: &str) -> Option<IpAddr> {
        match self.field {
            ForwardedField::XForwardedFor => node(text.trim()),
            ForwardedField::Forwarded => {
                let pairs = text.split(';').filter_map(|pair| pair.split_once('='));
                let mut fors = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
                fors.next()
                    .and_then(|(_, node_text)| node(node_text.trim().trim_matches('"')))
            }
        }
    }
}

/// An address, with or without port, as proxies write it.
fn node(text: &str) -> Option<IpAddr> {
    let bracketed = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    bracketed
        .unwrap_or(text)
        .parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// The client's address as this listener knows it.
#[must_use]
pub fn of(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    let proxies = request.app_data::<Data<TrustedProxies>>();
    Some(proxies.map_or(peer, |proxies| proxies.client(peer, request.headers())))
}

/// Whose share a request counts against.
///
/// # Errors
/// When there is no peer: never over a socket. Who cannot be counted is not let through.
pub fn counted(request: &HttpRequest) -> Result<IpAddr, Problem> {
    of(request)
        .map(bucket)
        .ok_or_else(|| Problem::Internal("a request without a peer".into()))
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

#[cfg(test)]
mod tests;
