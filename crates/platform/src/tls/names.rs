//! Which server names (SNI, RFC 6066 §3) a listener answers to.
//!
//! A certificate with a wildcard, or one that several services share, lets an attacker in the middle turn a
//! browser's connection to another service here (ALPACA). So a name that is not ours ends the handshake
//! before a certificate is shown.
//!
//! Controls: TL-06

use rustls::AlertDescription;

use crate::config::WithoutSni;

/// The names of a listener.
#[derive(Debug, Clone)]
pub struct Names {
    known: Vec<String>,
    without_sni: WithoutSni,
}

impl Names {
    /// The configured hosts, and the names that stand in the certificate without a wildcard: a gateway
    /// connects by one of these.
    pub(super) fn new(hosts: &[String], certified: Vec<String>, without_sni: WithoutSni) -> Self {
        let known = hosts.iter().cloned().chain(certified);
        Self {
            known: known.collect(),
            without_sni,
        }
    }

    /// The alert that a client gets which calls this name, or none; nothing when it is answered.
    #[must_use]
    pub fn refusal(&self, called: Option<&str>) -> Option<AlertDescription> {
        match called {
            Some(name) => {
                let is_name = |known: &String| known.eq_ignore_ascii_case(name);
                (!self.known.iter().any(is_name)).then_some(AlertDescription::UnrecognisedName)
            }
            None if self.without_sni == WithoutSni::Accept => None,
            // RFC 8446 §9.2.
            None => Some(AlertDescription::MissingExtension),
        }
    }
}
