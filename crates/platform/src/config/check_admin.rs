//! The rules of the admin listener: who can reach it.
//!
//! A management interface that the internet reaches is found by scanners within hours (ASVS 13.4.5).

use super::{
    Profile, Settings,
    proxies::{ProxyFault, is_private, proxy_fault, too_wide},
    rule::{Rule, places},
    spelling::{host_fault, is_https_url, is_name},
};

const NETWORKS: &str = "admin.networks[]";

pub(super) const RULES: &[Rule] = &[
    Rule::whole(
        "admin.bind",
        |s| !is_private(s.admin.bind) && !s.admin.allow_public_bind,
        "is reached from outside of private networks: write an internal address, or set allow_public_bind \
         when something in front of it keeps others out",
        "admin.bind = '0.0.0.0'",
    )
    .only_in(Profile::Production),
    // The development signing key is on disk and its tokens open everything.
    Rule::whole(
        "admin.bind",
        |s| !s.admin.bind.is_loopback(),
        "profile dev listens on loopback only; use 127.0.0.1, ::1 or profile production",
        "admin.bind = '10.0.0.1'",
    )
    .only_in(Profile::Dev),
    Rule::whole(
        "admin.hosts",
        |s| s.admin.hosts.is_empty(),
        "name the hosts that the admin listener is",
        "admin.hosts = []",
    ),
    Rule::each(
        "admin.hosts[]",
        |s| places(&s.admin.hosts, |host| host_fault(host).is_some()),
        "write it as in public.hosts: lower case, no port, no *, IPv6 in brackets",
        "admin.hosts = ['Admin.example.com:9443']",
    ),
    // A page of the public name would be of the same site, and a certificate of one listener would be good for the other.
    Rule::whole(
        "admin.hosts",
        |s| s.admin.hosts.iter().any(|host| is_name(host) && s.public.hosts.contains(host)),
        "is a name of the public listener too: give the admin listener one of its own",
        "public.hosts = ['api.example.com']\nadmin.hosts = ['api.example.com']",
    )
    .only_in(Profile::Production),
    Rule::whole(
        "admin.networks",
        |s| s.admin.networks.is_empty(),
        "name the networks that operators connect from: without any, nobody is let in",
        "admin.networks = []",
    ),
    Rule::each(
        NETWORKS,
        |s| faulty(s, &[ProxyFault::HostBits]),
        "has bits beyond its prefix: write the network's first address, or /32 (IPv6: /128) for one machine",
        "admin.networks = ['10.0.0.1/8']",
    ),
    Rule::each(
        NETWORKS,
        |s| faulty(s, &[ProxyFault::MappedV4, ProxyFault::NoPeer]),
        "is no network that an operator can have an address in",
        "admin.networks = ['224.0.0.0/4']",
    ),
    Rule::integer(
        "admin.connections",
        |s| s.admin.connections as u64,
        (8, 1024),
        "",
    ),
    Rule::whole(
        "admin.docs_login",
        |s| s.admin.docs_login().is_some() && !s.admin.login_urls().into_iter().all(|url| is_https_url(url)),
        "write https URLs without a user and without a fragment in authorization_url and token_url",
        "admin.docs_login = { client_id = 'docs', authorization_url = 'http://id.example.com/auth', token_url = '' }",
    ),
    Rule::whole(
        "admin.docs_login",
        |s| s.admin.docs_login().is_none() && s.admin.login_urls().into_iter().any(|url| !url.is_empty()),
        "has no effect without client_id",
        "admin.docs_login = { client_id = '', token_url = 'https://id.example.com/token' }",
    ),
    Rule::whole(
        "admin.tls",
        |s| !s.admin.tls.is_paired(),
        "give cert_file and key_file together",
        "admin.tls = { cert_file = 'cert.pem', key_file = '' }",
    ),
    Rule::whole(
        "admin.tls.client_crl_file",
        |s| s.admin.tls.client_crl_file().is_some() && s.admin.tls.client_ca_file().is_none(),
        "has no effect without client_ca_file",
        "admin.tls = { client_crl_file = 'revoked.pem', client_ca_file = '' }",
    ),
    Rule::whole(
        "admin.tls.operators",
        |s| !s.admin.tls.clients.is_empty() && s.admin.tls.client_ca_file().is_none(),
        "has no effect without client_ca_file",
        "admin.tls = { operators = ['olivia@example.com'], client_ca_file = '' }",
    ),
    Rule::whole(
        "admin.tls.client_ca_file",
        |s| s.admin.tls.client_ca_file().is_none(),
        "production asks operators for a certificate: name the authority that made theirs",
        "admin.tls.client_ca_file = ''",
    )
    .only_in(Profile::Production),
    Rule::whole(
        "admin.networks",
        |s| too_wide(&s.admin.networks),
        "cover more of the internet than operators need: name the networks that they connect from",
        "admin.networks = ['0.0.0.0/0']",
    )
    .only_in(Profile::Production),
];

fn faulty(settings: &Settings, faults: &[ProxyFault]) -> Vec<usize> {
    places(&settings.admin.networks, |network| {
        proxy_fault(*network).is_some_and(|fault| faults.contains(&fault))
    })
}
