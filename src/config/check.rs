//! The rules that a well-typed configuration must still keep, in one readable table each.
//!
//! A service that starts with an insecure setting is attacked through it, so production refuses to
//! start and names every one (ASVS 13.4.2; CONTROLS CF-02).

use std::{net::IpAddr, time::Duration};

use super::{Profile, Settings, Violation};

impl Settings {
    /// Adds to `found` every rule that is broken.
    pub(super) fn check(&self, found: &mut Vec<Violation>) {
        let mut refuse = |broken: bool, key: &str, mend: &str| {
            if broken {
                found.push(Violation {
                    key: key.to_owned(),
                    mend: mend.to_owned(),
                });
            }
        };
        self.always(&mut refuse);
        self.limits(&mut refuse);
        self.public(&mut refuse);
        self.rate_limit.check(&mut refuse);
        self.auth.check(&mut refuse);
        self.audit.check(&mut refuse);
        if self.profile == Profile::Production {
            self.production(&mut refuse);
        } else {
            self.dev(&mut refuse);
        }
    }

    fn always(&self, refuse: &mut impl FnMut(bool, &str, &str)) {
        let one_tls_file = self.public.tls.cert_file.as_os_str().is_empty()
            != self.public.tls.key_file.as_os_str().is_empty();
        refuse(
            one_tls_file,
            "public.tls",
            "give cert_file and key_file together",
        );
        refuse(self.public.workers > 512, "public.workers", "at most 512");
        let url = &self.database.url;
        refuse(
            !url.is_empty() && !url.starts_with("sqlite:"),
            "database.url",
            "must begin with sqlite:",
        );
        refuse(
            url.contains(":memory:") || url.contains("mode=memory"),
            "database.url",
            "must be a file: each connection would have a memory of its own",
        );
        refuse(
            !(1..=720).contains(&self.idempotency.retention_hours),
            "idempotency.retention_hours",
            "choose 1 to 720",
        );
        refuse(
            !(1..=10_000_000).contains(&self.per_owner.invoices),
            "per_owner.invoices",
            "choose 1 to 10000000",
        );
        refuse(
            self.log
                .filter
                .parse::<tracing_subscriber::filter::Targets>()
                .is_err(),
            "log.filter",
            "write it like info,sqlx=warn",
        );
    }

    fn limits(&self, refuse: &mut impl FnMut(bool, &str, &str)) {
        let limits = &self.public.limits;
        for (key, time) in [
            (
                "public.limits.tls_handshake_timeout_seconds",
                limits.tls_handshake_timeout,
            ),
            ("public.limits.head_timeout_seconds", limits.head_timeout),
            ("public.limits.body_timeout_seconds", limits.body_timeout),
            ("public.limits.keep_alive_seconds", limits.keep_alive),
            (
                "public.limits.request_timeout_seconds",
                limits.request_timeout,
            ),
            ("public.limits.write_timeout_seconds", limits.write_timeout),
            (
                "public.shutdown_timeout_seconds",
                Duration::from_secs(self.public.shutdown_timeout_seconds),
            ),
            (
                "database.acquire_timeout_seconds",
                self.database.acquire_timeout,
            ),
            ("database.busy_timeout_seconds", self.database.busy_timeout),
        ] {
            refuse(
                !(1..=120).contains(&time.as_secs()),
                key,
                "choose 1 to 120 seconds",
            );
        }
        for (key, value, range) in [
            (
                "public.limits.connections",
                limits.connections,
                1..=1_000_000,
            ),
            (
                "public.limits.connections_per_address",
                limits.connections_per_address,
                1..=1_000_000,
            ),
            (
                "public.limits.target_bytes",
                limits.target_bytes,
                256..=65_536,
            ),
            ("public.limits.head_bytes", limits.head_bytes, 1024..=65_536),
            ("public.limits.fields", limits.fields, 16..=96),
        ] {
            let mend = format!("choose {} to {}", range.start(), range.end());
            refuse(!range.contains(&value), key, &mend);
        }
        refuse(
            !(1024..=1_048_576).contains(&limits.body_bytes),
            "public.limits.body_bytes",
            "choose 1024 to 1048576 bytes: a body is held in memory",
        );
        refuse(
            !(1..=1000).contains(&self.database.max_connections),
            "database.max_connections",
            "choose 1 to 1000",
        );
    }

    fn public(&self, refuse: &mut impl FnMut(bool, &str, &str)) {
        let public = &self.public;
        refuse(
            public.hosts.is_empty(),
            "public.hosts",
            "name the hosts that this service is",
        );
        let lower = |host: &String| !host.is_empty() && *host == host.to_ascii_lowercase();
        refuse(
            !public.hosts.iter().all(lower),
            "public.hosts",
            "write names in lower case, without port",
        );
        for origin in &public.cors.allowed_origins {
            refuse(
                !is_origin(origin),
                "public.cors.allowed_origins",
                "write each as https://host or https://host:port; http only for localhost; no *, no path",
            );
        }
        refuse(
            public.cors.max_age_seconds > 600,
            "public.cors.max_age_seconds",
            "at most 600: a preflight that is remembered outlives a change of this list",
        );
        let uri = |text: &&String| text.starts_with("https://") || text.starts_with("mailto:");
        let one_line = |text: &&String| !text.chars().any(char::is_control);
        let security = &public.security_txt;
        let policy = Some(&security.policy).filter(|policy| !policy.is_empty());
        let fields: Vec<&String> = security.contacts.iter().chain(policy).collect();
        refuse(
            !fields.iter().all(|field| uri(field) && one_line(field)),
            "public.security_txt",
            "write contacts and policy as https: or mailto: URIs (RFC 9116)",
        );
    }

    /// What is fine on one's own machine and a hole anywhere else.
    fn production(&self, refuse: &mut impl FnMut(bool, &str, &str)) {
        for variable in &self.planned {
            refuse(
                true,
                variable,
                "is of a part that is not built yet: it would have no effect",
            );
        }
        refuse(
            self.public.tls.files().is_none(),
            "public.tls.cert_file",
            "production needs its own certificate and key: set cert_file and key_file",
        );
        let everybody = |network: &ipnet::IpNet| network.prefix_len() == 0;
        refuse(
            self.public.trusted_proxies.iter().any(everybody),
            "public.trusted_proxies",
            "names everybody: then any client may choose its own address",
        );
        let plain = |origin: &String| origin.starts_with("http://");
        refuse(
            self.public.cors.allowed_origins.iter().any(plain),
            "public.cors.allowed_origins",
            "https only in production",
        );
        self.auth.check_production(refuse);
    }

    /// The development signing key is on disk and its tokens open everything: loopback only.
    fn dev(&self, refuse: &mut impl FnMut(bool, &str, &str)) {
        let loopback = match self.public.bind {
            IpAddr::V4(address) => address.is_loopback(),
            IpAddr::V6(address) => address.is_loopback(),
        };
        refuse(
            !loopback,
            "public.bind",
            "profile dev listens on loopback only; use 127.0.0.1, ::1 or profile production",
        );
    }
}

/// An origin as a browser serialises it (RFC 6454 §6.2): scheme, host, perhaps port, nothing else.
fn is_origin(text: &str) -> bool {
    let (secure, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return false,
    };
    let (host, port) = rest.split_once(':').unwrap_or((rest, "443"));
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-');
    let well_formed = !host.is_empty()
        && host.bytes().all(plain)
        && port.parse::<u16>().is_ok_and(|port| port > 0)
        && !port.starts_with('+');
    well_formed && (secure || matches!(host, "localhost" | "127.0.0.1"))
}
