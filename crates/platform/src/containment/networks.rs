//! Values by network: the ones whose network an address is in.
//!
//! A list that is walked costs each request of everybody as much as the list is long. So networks are
//! grouped by the length of their prefix, and an address is looked up once a length that there is: a
//! thousand networks of four lengths are four look-ups.

use std::{collections::HashMap, net::IpAddr};

use ipnet::IpNet;

/// Values by network.
pub(super) struct Networks<T> {
    values: HashMap<IpNet, Vec<T>>,
    /// The lengths of prefixes that there are, of IPv4 and of IPv6.
    lengths: [Vec<u8>; 2],
}

impl<T> Default for Networks<T> {
    fn default() -> Self {
        Self {
            values: HashMap::new(),
            lengths: [Vec::new(), Vec::new()],
        }
    }
}

impl<T> Networks<T> {
    pub fn insert(&mut self, network: IpNet, value: T) {
        let [v4, v6] = &mut self.lengths;
        let lengths = match network {
            IpNet::V4(_) => v4,
            IpNet::V6(_) => v6,
        };
        if !lengths.contains(&network.prefix_len()) {
            lengths.push(network.prefix_len());
        }
        self.values.entry(network).or_default().push(value);
    }

    /// The values of all networks that `address` is in.
    pub fn of(&self, address: IpAddr) -> impl Iterator<Item = &T> {
        let address = address.to_canonical();
        let [v4, v6] = &self.lengths;
        let lengths = if address.is_ipv4() { v4 } else { v6 };
        let networks = lengths.iter().filter_map(move |length| {
            let network = IpNet::new(address, *length).ok()?.trunc();
            self.values.get(&network)
        });
        networks.flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_each_network_around_it_and_in_no_other() {
        let mut networks = Networks::default();
        for name in [
            "203.0.113.7/32",
            "203.0.113.0/24",
            "203.0.112.0/24",
            "0.0.0.0/0",
            "2001:db8::/32",
        ] {
            networks.insert(name.parse().unwrap(), name);
        }
        let of = |address: &str| {
            let mut found: Vec<_> = networks.of(address.parse().unwrap()).copied().collect();
            found.sort_unstable();
            found
        };
        let all = ["0.0.0.0/0", "203.0.113.0/24", "203.0.113.7/32"];
        assert_eq!(of("203.0.113.7"), all);
        assert_eq!(of("::ffff:203.0.113.7"), all, "a mapped address is IPv4");
        assert_eq!(of("203.0.113.8"), ["0.0.0.0/0", "203.0.113.0/24"]);
        assert_eq!(of("2001:db8::1"), ["2001:db8::/32"]);
        assert_eq!(of("2001:db9::1"), [""; 0]);
    }
}
