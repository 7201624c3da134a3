//! Which networks may be trusted to say who the client is.
//!
//! An address within them chooses its own name: in the audit journal, and in front of every quota. So
//! production judges what the networks cover together; `0.0.0.0/1` and `128.0.0.0/1` are everybody.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

/// Addresses that the internet does not route (RFC 1918, 6598, 3927, 4193, 4291).
const PRIVATE: [&str; 9] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
];

/// Most public space: a /10 of IPv4 and a /26 of IPv6. The largest delivery networks have published
/// three million IPv4 addresses and fourteen /32 of IPv6.
const MOST_V4: u128 = 1 << (32 - 10);
const MOST_V6: u128 = 1 << (64 - 26);

/// Why no peer's address can be in a network, or not in the one that is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProxyFault {
    HostBits,
    MappedV4,
    NoPeer,
}

/// The first fault of a network, if it has one.
pub(super) fn proxy_fault(network: IpNet) -> Option<ProxyFault> {
    let address = network.addr();
    let is_mapped = |address: IpAddr| address.to_canonical() != address;
    // 0.0.0.0/8 is "this network": nobody's address.
    let nobody = match network {
        IpNet::V4(network) => {
            network.prefix_len() >= 8 && network.addr().octets().starts_with(&[0])
        }
        IpNet::V6(network) => network.prefix_len() == 128 && network.addr().is_unspecified(),
    };
    if is_mapped(address) {
        Some(ProxyFault::MappedV4)
    } else if network != network.trunc() {
        Some(ProxyFault::HostBits)
    } else {
        (nobody || address.is_multicast() || address == Ipv4Addr::BROADCAST)
            .then_some(ProxyFault::NoPeer)
    }
}

/// Whether the networks together cover more of the internet than any set of proxies needs.
pub(super) fn too_wide(networks: &[IpNet]) -> bool {
    let private: Vec<IpNet> = PRIVATE
        .iter()
        .filter_map(|text| text.parse().ok())
        .collect();
    // Disjoint, so that no address is counted twice.
    let union = IpNet::aggregate(&networks.to_vec());
    let public = |of_kind: fn(&IpNet) -> bool| -> u128 {
        let networks = union.iter().filter(|network| of_kind(network));
        networks
            .map(|network| {
                let inside = private.iter().filter(|one| network.contains(*one));
                let within = private.iter().any(|one| one.contains(network));
                let unrouted = inside.copied().map(size).sum();
                if within {
                    0
                } else {
                    size(*network).saturating_sub(unrouted)
                }
            })
            .sum()
    };
    public(|network| matches!(network, IpNet::V4(_))) > MOST_V4
        || public(|network| matches!(network, IpNet::V6(_))) > MOST_V6
}

/// How many addresses; of IPv6, how many /64.
fn size(network: IpNet) -> u128 {
    match network {
        IpNet::V4(network) => 1 << (32 - network.prefix_len()),
        IpNet::V6(network) => 1 << (64 - network.prefix_len().min(64)),
    }
}
