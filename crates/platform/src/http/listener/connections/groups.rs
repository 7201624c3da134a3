//! What a connection is counted in, and how large each group may be.
//!
//! An address alone is no bound: a customer has 65 536 IPv6 /64 networks or 256 IPv4 addresses at
//! hand. Seats that only loopback may take are for `healthcheck` and for operators on the machine.

use std::net::{IpAddr, Ipv4Addr};

use crate::{
    audit::Reason,
    config,
    http::context::client_address::{bucket, network},
};

/// Most connections of each group.
#[derive(Debug, Clone)]
pub struct Bounds {
    pub in_all: usize,
    /// Of these, so many are for loopback only.
    pub for_loopback: usize,
    pub of_one_network: usize,
    pub of_one_address: usize,
    /// In their handshake at the same time.
    pub handshakes: usize,
}

impl Bounds {
    /// Those of a listener with these settings.
    #[must_use]
    pub fn of(limits: &config::Limits) -> Self {
        Self {
            in_all: limits.connections,
            for_loopback: limits.connections_for_loopback,
            of_one_network: limits.connections_per_network,
            of_one_address: limits.connections_per_address,
            handshakes: limits.tls_handshakes,
        }
    }

    /// Those of a listener for so many connections of a few known machines.
    #[must_use]
    pub fn among(connections: usize) -> Self {
        Self {
            in_all: connections,
            for_loopback: connections / 4,
            of_one_network: connections,
            of_one_address: connections,
            handshakes: connections / 2,
        }
    }

    /// None: the group is only looked at.
    pub(super) fn most(&self, kind: Kind) -> Option<usize> {
        match kind {
            Kind::Address => Some(self.of_one_address),
            Kind::Network => Some(self.of_one_network),
            Kind::Outside => Some(self.in_all.saturating_sub(self.for_loopback)),
            Kind::All => Some(self.in_all),
            Kind::Handshakes => Some(self.handshakes),
            Kind::HandshakesOfNetwork => None,
        }
    }
}

/// What the connections of a group have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    Address,
    Network,
    /// All that are not from loopback.
    Outside,
    All,
    /// All that are in their handshake.
    Handshakes,
    HandshakesOfNetwork,
}

impl Kind {
    /// As the journal calls it.
    pub(super) fn reason(self) -> Reason {
        match self {
            Self::Address => Reason::OfOneAddress,
            Self::Network => Reason::OfOneNetwork,
            Self::Outside | Self::All => Reason::InAll,
            Self::Handshakes | Self::HandshakesOfNetwork => Reason::InHandshake,
        }
    }

    /// Whether it ends with the handshake.
    pub(super) fn is_handshake(self) -> bool {
        matches!(self, Self::Handshakes | Self::HandshakesOfNetwork)
    }
}

/// The connections of one kind and address; of a kind without addresses, all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Group {
    pub kind: Kind,
    pub of: IpAddr,
}

/// The groups of a new connection from `peer`, the smallest first: room in it is room in the others.
pub(super) fn of(peer: IpAddr, trusted: bool) -> Vec<Group> {
    const EVERYBODY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let outside = !peer.to_canonical().is_loopback();
    let network = network(peer);
    [
        (!trusted).then_some((Kind::Address, bucket(peer))),
        (!trusted).then_some((Kind::Network, network)),
        Some((Kind::HandshakesOfNetwork, network)),
        Some((Kind::Handshakes, EVERYBODY)),
        outside.then_some((Kind::Outside, EVERYBODY)),
        Some((Kind::All, EVERYBODY)),
    ]
    .into_iter()
    .flatten()
    .map(|(kind, of)| Group { kind, of })
    .collect()
}
