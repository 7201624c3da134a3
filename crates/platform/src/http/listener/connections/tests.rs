//! Which connection is let in, and which one is ended for it.
//!
//! Controls: LI-05

use std::{
    net::Ipv4Addr,
    sync::mpsc,
    task::{Context, Waker},
};

use super::*;
use crate::{
    clock::Stopwatch,
    config::{ForwardedField, Quota},
    http::rate_limit::Policy,
};

pub const BOUNDS: Bounds = Bounds {
    in_all: 100,
    for_loopback: 10,
    of_one_network: 40,
    of_one_address: 20,
    handshakes: 30,
};

pub fn connections(bounds: Bounds) -> Arc<Connections> {
    made(bounds, 1_000_000, EventAggregator::new(drop))
}

/// Connections, and what has been put on record of them since it was asked last.
fn recorded(bounds: Bounds) -> (Arc<Connections>, impl Fn() -> String) {
    let (sender, lines) = mpsc::channel();
    let aggregator =
        EventAggregator::new(move |entry| sender.send(format!("{entry:?}\n")).unwrap());
    let connections = made(bounds, 1_000_000, aggregator);
    let recorded = {
        let connections = connections.clone();
        move || {
            connections.aggregator.flush();
            lines.try_iter().collect()
        }
    };
    (connections, recorded)
}

fn made(bounds: Bounds, handshakes: u32, aggregator: EventAggregator) -> Arc<Connections> {
    let proxies = TrustedProxies {
        networks: vec!["10.0.0.0/8".parse().unwrap()],
        field: ForwardedField::XForwardedFor,
    };
    let quota = Quota {
        per_second: 1.0,
        burst: handshakes,
    };
    let clock = Arc::new(Stopwatch::default());
    let limiter = Limiter::new(Policy::Handshakes, quota, clock);
    Connections::new(
        None,
        bounds,
        proxies,
        Arc::new(limiter),
        Arc::new(aggregator),
    )
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Another network each.
fn stranger(number: u8) -> IpAddr {
    Ipv4Addr::new(198, number, 100, 1).into()
}

impl ConnectionPermit {
    fn is_evicted(&self) -> bool {
        let cx = Context::from_waker(Waker::noop());
        self.connection().poll_evicted(&cx).is_ready()
    }

    /// One request and its answer.
    fn request(&self) {
        assert!(self.connection().begin());
        self.connection().end();
    }
}

impl Connections {
    fn open(self: &Arc<Self>, peer: IpAddr) -> ConnectionPermit {
        let permit = self.admit(peer).unwrap();
        permit.open();
        permit
    }
}

fn evicted(permits: &[ConnectionPermit]) -> Vec<usize> {
    let indexed = permits.iter().enumerate();
    let evicted = indexed.filter(|(_, permit)| permit.is_evicted());
    evicted.map(|(index, _)| index).collect()
}

#[test]
fn the_connection_that_has_been_longest_without_a_request_goes_first() {
    let connections = connections(BOUNDS);
    let permits: Vec<ConnectionPermit> = (0..20).map(|_| connections.open(stranger(1))).collect();
    permits[0].request();
    permits[2].request();
    let _newcomer = connections.open(stranger(1));
    assert_eq!(evicted(&permits), [1]);
    permits[3].request();
    let _another = connections.open(stranger(1));
    assert_eq!(evicted(&permits), [1, 4]);
}

#[test]
fn a_request_in_flight_is_not_cut_off_and_without_anybody_else_the_newcomer_is() {
    let connections = connections(BOUNDS);
    let permits: Vec<ConnectionPermit> = (0..20).map(|_| connections.open(stranger(1))).collect();
    for permit in &permits {
        assert!(permit.connection().begin());
    }
    assert!(connections.admit(stranger(1)).is_none());
    permits[7].connection().end();
    assert!(connections.admit(stranger(1)).is_some());
    assert_eq!(evicted(&permits), [7]);
    assert!(
        !permits[7].connection().begin(),
        "its request came too late"
    );
    // Those of others are not asked to go.
    let _other = connections.open(stranger(2));
    assert_eq!(evicted(&permits), [7]);
}

#[test]
fn idle_connections_are_found_behind_any_number_that_is_busy() {
    let connections = connections(Bounds {
        of_one_address: 500,
        of_one_network: 500,
        in_all: 510,
        ..BOUNDS
    });
    let permits: Vec<ConnectionPermit> = (0..500).map(|_| connections.open(stranger(1))).collect();
    let (busy, idle) = permits.split_at(480);
    for permit in busy {
        assert!(permit.connection().begin());
    }
    let newcomers: Vec<ConnectionPermit> = (0..20).map(|_| connections.open(stranger(2))).collect();
    assert!(idle.iter().all(ConnectionPermit::is_evicted));
    for permit in busy {
        permit.connection().end();
        permit.request();
    }
    // Idle again, and younger than the newcomers.
    let _more: Vec<ConnectionPermit> = (0..21).map(|_| connections.open(stranger(3))).collect();
    assert!(newcomers.iter().all(ConnectionPermit::is_evicted));
    assert_eq!(evicted(busy), [0]);
}

#[test]
fn an_address_and_a_network_have_their_share() {
    let connections = connections(BOUNDS);
    let of = |last: u8| IpAddr::from([203, 0, 113, last]);
    let first: Vec<ConnectionPermit> = (0..20).map(|_| connections.open(of(1))).collect();
    let second: Vec<ConnectionPermit> = (0..20).map(|_| connections.open(of(2))).collect();
    assert_eq!(evicted(&first).len() + evicted(&second).len(), 0);
    let _own = connections.open(of(2));
    assert_eq!((evicted(&first), evicted(&second)), (vec![], vec![0]));
    let _neighbour = connections.open(of(3));
    assert_eq!((evicted(&first), evicted(&second)), (vec![0], vec![0]));
    let _other = connections.open(stranger(1));
    let v6 = |subnet: u16| IpAddr::from([0x2001, 0xdb8, 1, subnet, 0, 0, 0, 1]);
    let subnets: Vec<ConnectionPermit> = (0..41).map(|net| connections.open(v6(net))).collect();
    assert_eq!(evicted(&subnets), [0], "one /48");
    assert_eq!((evicted(&first), evicted(&second)), (vec![0], vec![0]));
}

#[test]
fn silent_addresses_shut_nobody_out_and_the_record_names_who_holds_most() {
    let (connections, recorded) = recorded(BOUNDS);
    let silent = |number: u8| connections.open(stranger(number));
    let silent: Vec<ConnectionPermit> = (0..90).map(|index| silent(index % 16)).collect();
    let mut more: Vec<ConnectionPermit> = (0..3).map(|_| connections.open(stranger(5))).collect();
    recorded();
    for number in 0..100 {
        let victim = connections.admit(ip("203.0.113.5")).unwrap();
        more.push(connections.open(stranger(number % 16)));
        victim.open();
        victim.request();
        assert!(!victim.is_evicted());
    }
    assert!(silent.iter().all(ConnectionPermit::is_evicted));
    let recorded = recorded();
    assert!(recorded.contains("198.5.100.1"), "{recorded}");
    assert!(!recorded.contains("203.0.113"), "{recorded}");
}

#[test]
fn handshakes_in_progress_have_a_bound_and_who_has_most_of_them_gives_way() {
    let (connections, recorded) = recorded(BOUNDS);
    let slow = connections.admit(ip("203.0.113.5")).unwrap();
    let silent: Vec<ConnectionPermit> = (0..29)
        .map(|index| connections.admit(stranger(index % 3)).unwrap())
        .collect();
    recorded();
    let more: Vec<ConnectionPermit> = (0..200)
        .map(|index| connections.admit(stranger(index % 3)).unwrap())
        .collect();
    assert!(silent.iter().all(ConnectionPermit::is_evicted));
    assert_eq!(
        more.iter().filter(|permit| !permit.is_evicted()).count(),
        29
    );
    assert!(!slow.is_evicted(), "a lone handshake has its time");
    let recorded = recorded();
    assert!(recorded.contains("InHandshake"), "{recorded}");
    assert!(recorded.contains("198.0.100.0"), "{recorded}");
    assert!(!recorded.contains("203.0.113"), "{recorded}");
    slow.open();
    slow.request();
}

#[test]
fn many_handshakes_go_before_connections_that_are_open_and_a_lone_one_does_not() {
    let connections = connections(BOUNDS);
    let idle: Vec<ConnectionPermit> = (0..80)
        .map(|index| connections.open(stranger(index % 16)))
        .collect();
    let lone = connections.admit(ip("203.0.113.5")).unwrap();
    let many: Vec<ConnectionPermit> = (0..9)
        .map(|_| connections.admit(stranger(99)).unwrap())
        .collect();
    let _newcomer = connections.admit(stranger(50)).unwrap();
    assert_eq!((evicted(&idle), evicted(&many)), (vec![], vec![0]));
    let _newcomer = connections.admit(stranger(51)).unwrap();
    assert_eq!((evicted(&idle), evicted(&many)), (vec![0], vec![0]));
    assert!(!lone.is_evicted());
}

#[test]
fn some_seats_are_for_loopback_only() {
    let connections = connections(BOUNDS);
    let busy: Vec<ConnectionPermit> = (0..90)
        .map(|index| connections.open(stranger(index % 16)))
        .collect();
    for permit in &busy {
        assert!(permit.connection().begin());
    }
    assert!(connections.admit(stranger(99)).is_none());
    for address in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
        assert!(connections.admit(ip(address)).is_some(), "{address}");
    }
    let own: Vec<ConnectionPermit> = (0..10).map(|_| connections.open(ip("127.0.0.1"))).collect();
    let _healthcheck = connections.open(ip("127.0.0.1"));
    assert_eq!(evicted(&own), [0]);
}

#[test]
fn a_proxy_has_no_share_but_the_total() {
    let connections = connections(BOUNDS);
    let proxied: Vec<ConnectionPermit> =
        (0..90).map(|_| connections.open(ip("10.0.0.1"))).collect();
    assert_eq!(evicted(&proxied), [0; 0]);
    let _stranger = connections.open(stranger(1));
    assert_eq!(evicted(&proxied), [0]);
}

#[test]
fn an_ended_connection_leaves_nothing_behind() {
    let connections = connections(BOUNDS);
    let permits: Vec<ConnectionPermit> = (0..200)
        .filter_map(|index| connections.admit(stranger(index % 20)))
        .collect();
    for permit in permits.iter().skip(1).step_by(2) {
        permit.open();
        if !permit.is_evicted() {
            permit.request();
        }
    }
    let last = connections.admit(stranger(1));
    drop(permits);
    drop(last);
    assert!(connections.table().is_empty());
}

#[test]
fn an_address_makes_so_many_connections_and_no_more() {
    let connections = made(BOUNDS, 3, EventAggregator::new(drop));
    for _ in 0..3 {
        assert!(connections.admit(ip("203.0.113.5")).is_some());
    }
    assert!(connections.admit(ip("::ffff:203.0.113.5")).is_none());
    assert!(connections.table().is_empty());
    assert!(connections.admit(ip("203.0.113.6")).is_some());
    for _ in 0..9 {
        let through_a_proxy = connections.admit(ip("10.0.0.1"));
        assert!(through_a_proxy.is_some());
    }
}
