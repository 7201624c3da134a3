//! What is accepted at start, some request can match. Otherwise a service starts that answers 421 to
//! everybody, or whose pages are all foreign, and nothing says why.
//!
//! Texts are made at random from the pieces that people write. Those that `load` accepts are put into
//! one service, and a request is made that a client would make for each.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use actix_web::http::header::{HeaderMap, HeaderName};
use app::{
    config::{self, Check, Settings, Sources, Violation},
    http::client_address::TrustedProxies,
};
use ipnet::IpNet;
use proptest::{
    prelude::*,
    sample::select,
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use url::Url;

use crate::{
    harness::{Service, token_for},
    invoices::content,
};

/// Of so many texts that are made, those that are accepted as items of the list `key`.
fn accepted(key: &str, texts: &impl Strategy<Value = String>, tries: usize) -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let made: BTreeSet<String> = (0..tries)
        .map(|_| texts.new_tree(&mut runner).unwrap().current())
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
        .collect();
    let list = made.iter().cloned().collect::<Vec<_>>().join(",");
    let refused = match load(key, &list) {
        Ok(_) => Vec::new(),
        Err(found) => found,
    };
    let is_refused = |place: usize| {
        let item = format!("{key}[{place}]");
        refused.iter().any(|violation| violation.key == item)
    };
    let items = made.into_iter().enumerate();
    let accepted: Vec<String> = items
        .filter_map(|(place, text)| (!is_refused(place)).then_some(text))
        .collect();
    assert!(accepted.len() > 50, "{} of {key}", accepted.len());
    assert!(refused.len() > 50, "{} of {key} refused", refused.len());
    // So that nothing else was wrong with it.
    load(key, &accepted.join(",")).unwrap();
    accepted
}

fn load(key: &str, value: &str) -> Result<Settings, Vec<Violation>> {
    let sources = Sources {
        environment: vec![(variable(key), value.to_owned())],
        ..Sources::default()
    };
    config::load(&sources, &app::permissions::ACCESS.role_names())
}

fn variable(key: &str) -> String {
    format!("APP_{}", key.replace('.', "__").to_uppercase())
}

fn hosts() -> impl Strategy<Value = String> {
    let pieces = [
        "api",
        "example",
        "com",
        ".",
        ".",
        ".",
        "-",
        "_",
        "A",
        "*",
        ":",
        "8443",
        "127",
        "0",
        "1",
        "[",
        "]",
        "::1",
        "[::1]",
        "2001:db8::",
        "0x7f",
        "ü",
        "xn--4ca",
        "%",
        " ",
        "/",
        "@",
        "https://",
        "localhost",
        "10.0.0.1",
        "fe80",
        "~",
        "!",
    ];
    prop::collection::vec(select(pieces.to_vec()), 1..6).prop_map(|pieces| pieces.concat())
}

#[test]
fn every_accepted_host_is_answered_for() {
    let hosts = accepted("public.hosts", &hosts(), 5_000);
    let service = Service::with(&[("APP_PUBLIC__HOSTS", &hosts.join(","))]);
    let mut connection = service.anonymous().connect();
    for host in &hosts {
        // As a client derives it from the URL that somebody gives it.
        let url = Url::parse(&format!("https://{}:8443/", host.to_uppercase()));
        let url = url.unwrap_or_else(|error| panic!("{host}: {error}"));
        let named = url.host_str().unwrap();
        for host in [named.to_owned(), format!("{named}:8443")] {
            let request = format!("GET /healthz HTTP/1.1\r\nhost: {host}\r\n\r\n");
            connection.write(request.as_bytes());
            assert_eq!(connection.response("GET").status, 200, "{host}");
        }
    }
}

fn origins() -> impl Strategy<Value = String> {
    let schemes = [
        "https://", "https://", "http://", "HTTPS://", "ftp://", "", "//",
    ];
    let ports = [
        "", "", ":443", ":80", ":8443", ":0", ":08443", ":65536", ":", "/", "/x", "?",
    ];
    let loopback = select(vec!["localhost", "127.0.0.1", "[::1]"]).prop_map(str::to_owned);
    let hosts = prop_oneof![hosts(), loopback];
    (select(schemes.to_vec()), hosts, select(ports.to_vec()))
        .prop_map(|(scheme, host, port)| format!("{scheme}{host}{port}"))
}

#[test]
fn every_accepted_origin_may_read() {
    let key = "public.cors.allowed_origins";
    let origins = accepted(key, &origins(), 10_000);
    let plain = origins.iter().filter(|origin| origin.starts_with("http:"));
    assert!(plain.count() > 3);
    let service = Service::with(&[(&variable(key), &origins.join(","))]);
    let anonymous = service.anonymous();
    for origin in &origins {
        // As a browser derives it from the address of a page.
        let page = Url::parse(&format!("{origin}/page?query#fragment")).unwrap();
        let sent = page.origin().ascii_serialization();
        let answer = anonymous.send("GET", "/healthz", &[("origin", &sent)], b"");
        assert_eq!(answer.status, 200, "{origin}");
        assert_eq!(answer.header("access-control-allow-origin"), sent);
    }
}

fn networks() -> impl Strategy<Value = String> {
    let addresses = [
        "10.0.0.0",
        "10.1.2.3",
        "0.0.0.0",
        "127.0.0.1",
        "192.0.2.0",
        "224.0.0.0",
        "255.255.255.255",
        "128.0.0.0",
        "::",
        "::1",
        "2001:db8::",
        "fe80::",
        "ff00::",
        "::ffff:10.0.0.0",
        "fc00::",
    ];
    let made = (select(addresses.to_vec()), 0..130_u8);
    made.prop_filter_map("no network", |(address, prefix)| {
        let text = format!("{address}/{prefix}");
        text.parse::<IpNet>().is_ok().then_some(text)
    })
}

#[test]
fn a_proxy_in_every_accepted_network_is_believed() {
    let key = "public.trusted_proxies";
    let client: IpAddr = "203.0.113.9".parse().unwrap();
    for text in accepted(key, &networks(), 5_000) {
        let public = load(key, &text).unwrap().public;
        let network = public.trusted_proxies.first().copied().unwrap();
        let proxies = TrustedProxies {
            networks: public.trusted_proxies,
            field: public.forwarded_field,
        };
        // The network's first address, as a socket for both families reports it.
        let peer = match network.network() {
            IpAddr::V4(peer) => peer.to_ipv6_mapped().into(),
            peer @ IpAddr::V6(_) => peer,
        };
        let mut fields = HeaderMap::new();
        let name = HeaderName::from_static("x-forwarded-for");
        fields.insert(name, "203.0.113.9".parse().unwrap());
        let seen = proxies.client(peer, &fields);
        assert_eq!(seen, client, "{text}");
    }
}

#[test]
fn a_service_at_the_least_of_every_bound_serves_a_request() {
    let mut least = BTreeMap::new();
    for rule in config::rules().filter(|rule| rule.profile.is_none()) {
        let from = match rule.check {
            Check::Integer { from, .. } => from.to_string(),
            Check::Decimal { from, .. } => format!("{from:?}"),
            _ => continue,
        };
        least.insert(variable(rule.key), from);
    }
    // A busy machine may need more than the least time.
    least.retain(|variable, _| !variable.ends_with("_TIMEOUT_SECONDS"));
    // The harness has its own.
    least.remove("APP_PUBLIC__WORKERS");
    // Of the least quota no share is left.
    least.remove("APP_RATE_LIMIT__PER_CALLER__PER_SECOND");
    let for_loopback = variable("public.limits.connections_for_loopback");
    least.insert(for_loopback, "0".to_owned());
    assert!(least.len() > 25, "{least:?}");
    let least: Vec<(&str, &str)> = least
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let service = Service::with(&least);
    let mut request = token_for("alice", &["editor"]);
    request.lifetime = time::Duration::minutes(1);
    let alice = service.bearer(&service.token(&request));
    assert_eq!(alice.post("/v1/invoices", &content()).status, 201);
}
