//! The rules of what both listeners speak.

use super::{Settings, WithoutSni, rule::Rule};

pub(super) const RULES: &[Rule] = &[
    Rule::integer(
        "tls.reload_interval_seconds",
        |s| s.tls.reload_interval.as_secs(),
        (1, 3600),
        "seconds: a revoked certificate is let in for so long",
    ),
    Rule::integer(
        "tls.warn_days_before_expiry",
        |s| s.tls.warn_days_before_expiry.into(),
        (1, 90),
        "days",
    ),
    Rule::whole(
        "tls.without_sni",
        |s| s.tls.without_sni == WithoutSni::Refuse && !has_names(s),
        "refuses every client of a listener whose hosts are addresses: give each listener a host that is a name",
        "tls.without_sni = 'refuse'\nadmin.hosts = ['127.0.0.1', '[::1]']",
    ),
];

/// A client that connects to an address calls no name.
fn has_names(settings: &Settings) -> bool {
    let is_name =
        |host: &String| !host.starts_with('[') && host.parse::<std::net::IpAddr>().is_err();
    [&settings.public.hosts, &settings.admin.hosts]
        .iter()
        .all(|hosts| hosts.iter().any(is_name))
}
