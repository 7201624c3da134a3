//! Variables that an orchestrator injects for each of its services.
//!
//! Kubernetes tells every container the address of every service of its namespace, in variables that
//! begin with that service's name. For a service called `app` or `app-db` they begin as ours do. They
//! are passed over in their exact shape, name and value; every other unknown variable is an error.

use std::net::IpAddr;

/// Whether `APP_<name>=<value>` is one of them: `PORT=tcp://10.0.0.1:80`, `SERVICE_HOST`,
/// `SERVICE_PORT`, `SERVICE_PORT_HTTPS`, `PORT_80_TCP`, `PORT_80_TCP_ADDR`, …, or the same after the
/// rest of a service's name: `DB_SERVICE_HOST`.
pub(super) fn is_service_link(name: &str, value: &str) -> bool {
    let shouted = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    if name.contains("__") || !name.bytes().all(shouted) {
        return false;
    }
    let words: Vec<&str> = name.split('_').collect();
    let is_port = |text: &str| text.parse::<u16>().is_ok();
    let is_address = |text: &str| text.parse::<IpAddr>().is_ok();
    match words.as_slice() {
        [.., "PORT", port, protocol] if is_port(port) => is_url(value, protocol),
        [.., "PORT", port, protocol, "ADDR"] if is_port(port) => {
            is_protocol(protocol) && is_address(value)
        }
        [.., "PORT", port, protocol, "PORT"] if is_port(port) => {
            is_protocol(protocol) && value == *port
        }
        [.., "PORT", port, protocol, "PROTO"] if is_port(port) => {
            is_protocol(protocol) && value.eq_ignore_ascii_case(protocol)
        }
        [.., "SERVICE", "HOST"] => is_address(value),
        [.., "SERVICE", "PORT"] => is_port(value),
        [.., "PORT"] => PROTOCOLS.iter().any(|protocol| is_url(value, protocol)),
        words => {
            let named = words.windows(2).any(|pair| pair == ["SERVICE", "PORT"]);
            named && is_port(value)
        }
    }
}

const PROTOCOLS: [&str; 3] = ["TCP", "UDP", "SCTP"];

fn is_protocol(word: &str) -> bool {
    PROTOCOLS.contains(&word)
}

fn is_url(value: &str, protocol: &str) -> bool {
    let rest = value.strip_prefix(&protocol.to_ascii_lowercase());
    is_protocol(protocol) && rest.is_some_and(|rest| rest.starts_with("://"))
}
