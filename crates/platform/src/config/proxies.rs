//! Which networks may be trusted to say who the client is.
//!
//! An address within them chooses its own name: in the audit journal, and in front of every quota. So
//! production judges what the networks cover together; `0.0.0.0/1` and `128.0.0.0/1` are everybody.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de::Error};

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

/// Networks; the library's own words have no fix for an address without a prefix.
pub(super) fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let networks = texts.iter().map(|text| text.parse().ok());
    networks.collect::<Option<_>>().ok_or_else(|| {
        D::Error::custom("write each as a network: 10.0.0.0/8, or 10.0.0.5/32 for one machine")
    })
}

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

/// Whether only machines of a private network reach this address: not so of the one that stands for all.
pub(super) fn is_private(address: IpAddr) -> bool {
    let address = address.to_canonical();
    let mut private = PRIVATE.iter().filter_map(|text| text.parse::<IpNet>().ok());
    private.any(|network| network.contains(&address))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the networks of this list are too wide together.
    fn wide(list: &str) -> bool {
        let networks: Vec<IpNet> = list
            .split(' ')
            .filter_map(|text| text.parse().ok())
            .collect();
        assert_eq!(networks.len(), list.split(' ').count(), "{list}");
        too_wide(&networks)
    }

    #[test]
    fn the_internet_in_any_pieces_is_too_wide() {
        assert!(wide("0.0.0.0/0"));
        assert!(wide("::/0"));
        assert!(wide("0.0.0.0/1 128.0.0.0/1"));
        assert!(wide("::/1 8000::/1"));
        assert!(wide("2000::/3"));
        assert!(wide("8.0.0.0/9"));
        // Every other /16 of a part: no two are neighbours.
        let scattered: Vec<String> = (0..65).map(|n| format!("8.{}.0.0/16", 2 * n)).collect();
        assert!(wide(&scattered.join(" ")));
        assert!(!wide(&scattered[..64].join(" ")));
        // A private network does not hide what is around it.
        assert!(wide("0.0.0.0/1 10.0.0.0/8"));
    }

    #[test]
    fn private_networks_and_those_of_a_large_delivery_network_are_not() {
        assert!(!wide("8.0.0.0/10 2400::/26"));
        assert!(!wide("8.0.0.0/10 8.0.0.0/11 8.32.0.0/11"), "the same twice");
        assert!(!wide(&PRIVATE.join(" ")));
        assert!(!wide("10.0.0.0/9 10.128.0.0/9 fd00::/8"));
        // As Cloudflare publishes them.
        assert!(!wide(
            "173.245.48.0/20 103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 141.101.64.0/18 \
             108.162.192.0/18 190.93.240.0/20 188.114.96.0/20 197.234.240.0/22 198.41.128.0/17 \
             162.158.0.0/15 104.16.0.0/13 104.24.0.0/14 172.64.0.0/13 131.0.72.0/22 2400:cb00::/32 \
             2606:4700::/32 2803:f800::/32 2405:b500::/32 2405:8100::/32 2a06:98c0::/29 2c0f:f248::/32"
        ));
    }
}
