//! The rules that the limits of the public listener and the timeouts must keep.

use super::{Profile, rule::Rule};

const TIME: (u64, u64) = (1, 120);

pub(super) const RULES: &[Rule] = &[
    Rule::integer("public.workers", |s| s.public.workers.into(), (0, 512), ""),
    Rule::integer(
        "public.limits.tls_handshake_timeout_seconds",
        |s| s.public.limits.tls_handshake_timeout.as_secs(),
        TIME,
        "seconds",
    ),
    Rule::integer(
        "public.limits.head_timeout_seconds",
        |s| s.public.limits.head_timeout.as_secs(),
        TIME,
        "seconds",
    ),
    Rule::integer(
        "public.limits.body_timeout_seconds",
        |s| s.public.limits.body_timeout.as_secs(),
        TIME,
        "seconds",
    ),
    Rule::integer(
        "public.limits.keep_alive_seconds",
        |s| s.public.limits.keep_alive.as_secs(),
        TIME,
        "seconds",
    ),
    Rule::integer(
        "public.limits.request_timeout_seconds",
        |s| s.public.limits.request_timeout.as_secs(),
        TIME,
        "seconds",
    ),
    Rule::integer(
        "public.limits.write_timeout_seconds",
        |s| s.public.limits.write_timeout.as_secs(),
        TIME,
        "seconds",
    ),
    Rule::integer(
        "shutdown.delay_seconds",
        |s| s.shutdown.delay.as_secs(),
        (0, 120),
        "seconds",
    ),
    Rule::integer(
        "shutdown.deadline_seconds",
        |s| s.shutdown.deadline.as_secs(),
        TIME,
        "seconds",
    ),
    Rule::integer(
        "public.limits.connections",
        |s| s.public.limits.connections as u64,
        (1, 1_000_000),
        "",
    ),
    Rule::integer(
        "public.limits.connections_per_address",
        |s| s.public.limits.connections_per_address as u64,
        (1, 1_000_000),
        "",
    ),
    Rule::integer(
        "public.limits.connections_per_network",
        |s| s.public.limits.connections_per_network as u64,
        (1, 1_000_000),
        "",
    ),
    Rule::integer(
        "public.limits.tls_handshakes",
        |s| s.public.limits.tls_handshakes as u64,
        (1, 1_000_000),
        "",
    ),
    Rule::integer(
        "public.limits.connections_for_loopback",
        |s| s.public.limits.connections_for_loopback as u64,
        (0, 999_999),
        "",
    ),
    Rule::whole(
        "public.limits.connections_for_loopback",
        |s| s.public.limits.connections_for_loopback >= s.public.limits.connections,
        "must be less than public.limits.connections: else nobody else is let in",
        "public.limits = { connections = 16, connections_for_loopback = 16 }",
    ),
    Rule::integer(
        "public.limits.target_bytes",
        |s| s.public.limits.target_bytes as u64,
        (256, 65_536),
        "",
    ),
    Rule::integer(
        "public.limits.head_bytes",
        |s| s.public.limits.head_bytes as u64,
        (1024, 65_536),
        "",
    ),
    Rule::integer(
        "public.limits.fields",
        |s| s.public.limits.fields as u64,
        (16, 96),
        "",
    ),
    Rule::integer(
        "public.limits.body_bytes",
        |s| s.public.limits.body_bytes as u64,
        (1024, 1_048_576),
        "bytes: a body is held in memory",
    ),
    Rule::whole(
        "public.limits.connections_per_address",
        |s| s.public.limits.connections_per_address >= s.public.limits.connections,
        "must be less than public.limits.connections in production: else one address takes them all",
        "public.limits = { connections = 256, connections_per_address = 256 }",
    )
    .only_in(Profile::Production),
    Rule::whole(
        "public.limits.connections_per_network",
        |s| s.public.limits.connections_per_network >= s.public.limits.connections,
        "must be less than public.limits.connections in production: else one network takes them all",
        "public.limits = { connections = 1024, connections_per_network = 1024 }",
    )
    .only_in(Profile::Production),
];
