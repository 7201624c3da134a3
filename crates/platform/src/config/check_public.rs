//! The rules of the public listener: its names, origins, proxies and certificate.
//!
//! A row for each way to write a host or an origin that no request can match, so that its fix says
//! what to write.

use super::{
    Profile, Settings,
    proxies::{ProxyFault, proxy_fault, too_wide},
    rule::{Rule, places},
    spelling::{HostFault, OriginFault, host_fault, is_contact, is_https_url, origin_fault},
};

const HOSTS: &str = "public.hosts[]";
const ORIGINS: &str = "public.cors.allowed_origins[]";
const PROXIES: &str = "public.trusted_proxies[]";

pub(super) const RULES: &[Rule] = &[
    Rule::whole(
        "public.tls",
        |s| !s.public.tls.is_paired(),
        "give cert_file and key_file together",
        "public.tls = { cert_file = 'cert.pem', key_file = '' }",
    ),
    Rule::whole(
        "public.tls.client_crl_file",
        |s| s.public.tls.client_crl_file().is_some() && s.public.tls.client_ca_file().is_none(),
        "has no effect without client_ca_file",
        "public.tls = { client_crl_file = 'revoked.pem', client_ca_file = '' }",
    ),
    Rule::whole(
        "public.tls.gateways",
        |s| !s.public.tls.clients.is_empty() && s.public.tls.client_ca_file().is_none(),
        "has no effect without client_ca_file",
        "public.tls = { gateways = ['gateway.example.com'], client_ca_file = '' }",
    ),
    Rule::whole(
        "public.hosts",
        |s| s.public.hosts.is_empty(),
        "name the hosts that this service is",
        "public.hosts = []",
    ),
    Rule::each(
        HOSTS,
        |s| hosts(s, HostFault::Url),
        "write the host alone: no https://, no path",
        "public.hosts = ['https://api.example.com']",
    ),
    Rule::each(
        HOSTS,
        |s| hosts(s, HostFault::Wildcard),
        "write each host out: a * matches nothing",
        "public.hosts = ['*.example.com']",
    ),
    Rule::each(
        HOSTS,
        |s| hosts(s, HostFault::Brackets),
        "write an IPv6 address in brackets: [::1]",
        "public.hosts = ['::1']",
    ),
    Rule::each(
        HOSTS,
        |s| hosts(s, HostFault::Port),
        "write the host without a port: every port matches",
        "public.hosts = ['api.example.com:8443']",
    ),
    Rule::each(
        HOSTS,
        |s| hosts(s, HostFault::Case),
        "write it in lower case; it matches in any case",
        "public.hosts = ['API.example.com']",
    ),
    Rule::each(
        HOSTS,
        |s| hosts(s, HostFault::FinalDot),
        "write it without the final dot",
        "public.hosts = ['api.example.com.']",
    ),
    Rule::each(
        HOSTS,
        |s| hosts(s, HostFault::Form),
        "write a name of DNS (xn-- for other scripts), or an address as clients spell it: 127.0.0.1, [::1]",
        "public.hosts = ['127.1']",
    ),
    Rule::each(
        ORIGINS,
        |s| origins(s, OriginFault::Wildcard),
        "write each origin out: a * matches nothing",
        "public.cors.allowed_origins = ['https://*.example.com']",
    ),
    Rule::each(
        ORIGINS,
        |s| origins(s, OriginFault::Scheme),
        "begin it with https://, in lower case",
        "public.cors.allowed_origins = ['app.example.com']",
    ),
    Rule::each(
        ORIGINS,
        |s| origins(s, OriginFault::Path),
        "write scheme, host and perhaps port only: no path and no final slash",
        "public.cors.allowed_origins = ['https://app.example.com/']",
    ),
    Rule::each(
        ORIGINS,
        |s| origins(s, OriginFault::DefaultPort),
        "leave the port out: browsers do not send :443 of https and :80 of http",
        "public.cors.allowed_origins = ['https://app.example.com:443']",
    ),
    Rule::each(
        ORIGINS,
        |s| origins(s, OriginFault::Plain),
        "use https: http is only for localhost, 127.0.0.1 and [::1]",
        "public.cors.allowed_origins = ['http://app.example.com']",
    ),
    Rule::each(
        ORIGINS,
        |s| origins(s, OriginFault::Form),
        "write it as a browser sends it: lower case, no final dot, IPv6 in brackets, a plain port",
        "public.cors.allowed_origins = ['https://App.example.com']",
    ),
    Rule::integer(
        "public.cors.max_age_seconds",
        |s| s.public.cors.max_age_seconds as u64,
        (0, 600),
        "seconds: a preflight that is remembered outlives a change of the list",
    ),
    Rule::each(
        PROXIES,
        |s| proxies(s, ProxyFault::HostBits),
        "has bits beyond its prefix: write the network's first address, or /32 (IPv6: /128) for one machine",
        "public.trusted_proxies = ['10.0.0.1/8']",
    ),
    Rule::each(
        PROXIES,
        |s| proxies(s, ProxyFault::MappedV4),
        "write the IPv4 network: an IPv4 peer has an IPv4 address here",
        "public.trusted_proxies = ['::ffff:10.0.0.0/104']",
    ),
    Rule::each(
        PROXIES,
        |s| proxies(s, ProxyFault::NoPeer),
        "is no network that a proxy can have an address in",
        "public.trusted_proxies = ['224.0.0.0/4']",
    ),
    Rule::each(
        "public.security_txt.contacts[]",
        |s| places(&s.public.security_txt.contacts, |contact| !is_contact(contact)),
        "write an https: or mailto: URI (RFC 9116)",
        "public.security_txt.contacts = ['security@example.com']",
    ),
    Rule::whole(
        "public.security_txt.policy",
        |s| {
            let policy = &s.public.security_txt.policy;
            !policy.is_empty() && !is_https_url(policy)
        },
        "write an https URL (RFC 9116)",
        "public.security_txt.policy = 'http://example.com/policy'",
    ),
    Rule::whole(
        "public.tls.cert_file",
        |s| s.public.tls.files().is_none(),
        "production needs its own certificate and key: set cert_file and key_file",
        "public.tls = { cert_file = '', key_file = '' }",
    )
    .only_in(Profile::Production),
    Rule::whole(
        "public.trusted_proxies",
        |s| too_wide(&s.public.trusted_proxies),
        "cover more of the internet than a /10 (IPv6: a /26), and every client there may choose its own \
         address: name the networks of your proxies",
        "public.trusted_proxies = ['0.0.0.0/1', '128.0.0.0/1']",
    )
    .only_in(Profile::Production),
    Rule::each(
        ORIGINS,
        |s| {
            places(&s.public.cors.allowed_origins, |origin| {
                origin.starts_with("http://")
            })
        },
        "https only in production",
        "public.cors.allowed_origins = ['http://localhost:3000']",
    )
    .only_in(Profile::Production),
    // The development signing key is on disk and its tokens open everything.
    Rule::whole(
        "public.bind",
        |s| !s.public.bind.is_loopback(),
        "profile dev listens on loopback only; use 127.0.0.1, ::1 or profile production",
        "public.bind = '0.0.0.0'",
    )
    .only_in(Profile::Dev),
];

fn hosts(settings: &Settings, fault: HostFault) -> Vec<usize> {
    places(&settings.public.hosts, |host| {
        host_fault(host) == Some(fault)
    })
}

fn origins(settings: &Settings, fault: OriginFault) -> Vec<usize> {
    let origins = &settings.public.cors.allowed_origins;
    places(origins, |origin| origin_fault(origin) == Some(fault))
}

fn proxies(settings: &Settings, fault: ProxyFault) -> Vec<usize> {
    places(&settings.public.trusted_proxies, |network| {
        proxy_fault(*network) == Some(fault)
    })
}
