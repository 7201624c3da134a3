//! What may be accepted of an issuer and is weaker than it should be.
//!
//! Some issuers have nothing better. Each such setting is one issuer's, and production asks why: who reads the
//! configuration or the log sees that somebody decided it, and when the reason is gone.
//!
//! Controls: CF-02

use serde::Deserialize;

/// A weak setting of an issuer, by the name of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weakness {
    /// The name of a development issuer.
    Issuer,
    IgnoreScope,
    #[serde(rename = "allow_rsa_2048")]
    AllowRsa2048,
    TokenTypes,
    AllowPrivateNetwork,
}

impl Weakness {
    pub(super) const ALL: [Self; 5] = [
        Self::Issuer,
        Self::IgnoreScope,
        Self::AllowRsa2048,
        Self::TokenTypes,
        Self::AllowPrivateNetwork,
    ];

    /// What the log says at start.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Issuer => "the name of a development issuer",
            Self::IgnoreScope => "any scope",
            Self::AllowRsa2048 => "RSA keys of 2048 bits",
            Self::TokenTypes => "tokens of another typ than at+jwt",
            Self::AllowPrivateNetwork => "keys from a private network",
        }
    }
}
