//! What is spoken, as one table: versions, suites and groups of each profile.
//!
//! Mozilla's guidelines name two profiles that are fit for today: "modern" is TLS 1.3 alone, "intermediate"
//! adds 1.2 for clients that have nothing newer. What is weak is not switched off here, it is not there:
//! rustls has no RC4, CBC, RSA key exchange, compression or renegotiation. `check-config` prints the table
//! that is in force.
//!
//! Controls: TL-02, TL-03, TL-04

use std::sync::Arc;

use rustls::{
    SupportedCipherSuite, SupportedProtocolVersion,
    crypto::{
        CryptoProvider, SupportedKxGroup,
        aws_lc_rs::{
            self,
            cipher_suite::{
                TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
                TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
                TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, TLS13_AES_128_GCM_SHA256,
                TLS13_AES_256_GCM_SHA384, TLS13_CHACHA20_POLY1305_SHA256,
            },
            kx_group::{SECP256R1, SECP384R1, X25519, X25519MLKEM768},
        },
    },
    version::{TLS12, TLS13},
};

use crate::config::TlsProfile;

/// What a profile speaks. The order is that of preference, whatever a client prefers: AES-128 has the shortest key, and
/// a phone for which AES is slow pays for that.
pub struct Policy {
    pub versions: &'static [&'static SupportedProtocolVersion],
    pub suites: &'static [SupportedCipherSuite],
    pub groups: &'static [&'static dyn SupportedKxGroup],
}

/// X25519MLKEM768 is first: what is recorded today cannot be read by a quantum computer of tomorrow.
static GROUPS: &[&dyn SupportedKxGroup] = &[X25519MLKEM768, X25519, SECP256R1, SECP384R1];

static MODERN: Policy = Policy {
    versions: &[&TLS13],
    suites: &[
        TLS13_AES_256_GCM_SHA384,
        TLS13_CHACHA20_POLY1305_SHA256,
        TLS13_AES_128_GCM_SHA256,
    ],
    groups: GROUPS,
};

static INTERMEDIATE: Policy = Policy {
    versions: &[&TLS13, &TLS12],
    suites: &[
        TLS13_AES_256_GCM_SHA384,
        TLS13_CHACHA20_POLY1305_SHA256,
        TLS13_AES_128_GCM_SHA256,
        TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ],
    groups: GROUPS,
};

impl Policy {
    #[must_use]
    pub fn of(profile: TlsProfile) -> &'static Self {
        match profile {
            TlsProfile::Modern => &MODERN,
            TlsProfile::Intermediate => &INTERMEDIATE,
        }
    }

    /// What this service speaks as a client: the servers are those of other people.
    #[must_use]
    pub fn of_client() -> &'static Self {
        &INTERMEDIATE
    }

    /// The cryptography of this policy, and no other.
    #[must_use]
    pub fn provider(&self) -> Arc<CryptoProvider> {
        Arc::new(CryptoProvider {
            cipher_suites: self.suites.to_vec(),
            kx_groups: self.groups.to_vec(),
            ..aws_lc_rs::default_provider()
        })
    }

    /// The table, a line for each column.
    #[must_use]
    pub fn shown(&self) -> String {
        let list = |names: Vec<String>| names.join(", ");
        let versions = self.versions.iter();
        let versions = versions.map(|one| format!("{:?}", one.version)).collect();
        let suites = self.suites.iter();
        let suites = suites.map(|one| format!("{:?}", one.suite())).collect();
        let groups = self.groups.iter();
        let groups = groups.map(|one| format!("{:?}", one.name())).collect();
        format!(
            "tls versions: {}\ntls suites: {}\ntls groups: {}",
            list(versions),
            list(suites),
            list(groups)
        )
    }
}
