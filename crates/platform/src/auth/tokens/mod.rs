//! Access tokens: RFC 9068 JWTs, believed only after every check of RFC 8725.
//!
//! `verify` puts the checks in order; `header` and `claims` read a token strictly; `keys` is what an
//! issuer signs with, `source` where that is read from, and `refresher` what keeps it current; `cache`
//! remembers what was verified; `development` is an issuer for one's own machine.

mod cache;
mod claims;
pub mod development;
mod header;
mod issuer_keys;
mod keys;
mod refresher;
mod sample;
mod source;
mod verify;

pub use issuer_keys::IssuerKeys;
pub use keys::KeyError;
pub use source::check_key_file;
pub use verify::TokenVerifier;

use crate::audit::Reason;

/// Why a token is not believed: for the log, the journal and the tests, never for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.reason().name())]
pub enum TokenError {
    /// The token, or an array or object in it.
    TooLarge,
    Malformed,
    Type,
    Critical,
    Algorithm,
    KeyUnknown,
    /// The issuer's keys cannot be had, so nothing of it can be believed: not the token's fault.
    KeysUnavailable,
    /// The issuer has this key, and the signature is not by it.
    Signature {
        issuer: Box<str>,
        key_id: Box<str>,
    },
    Issuer,
    /// Not a configured issuer, but for a final slash or for capitals.
    #[error("iss: the token says {token:?} and the configuration {configured:?}")]
    IssuerSpelling {
        token: String,
        configured: String,
    },
    Audience,
    /// The issuer's settings do not list the client.
    Client,
    ClaimMissing,
    ClaimType,
    Expired,
    NotYetValid,
    Lifetime,
    Confirmation,
}

impl TokenError {
    /// Its name in the journal and the log.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::TooLarge => Reason::TooLarge,
            Self::Malformed => Reason::Malformed,
            Self::Type => Reason::Type,
            Self::Critical => Reason::Critical,
            Self::Algorithm => Reason::Algorithm,
            Self::KeyUnknown => Reason::KeyUnknown,
            Self::KeysUnavailable => Reason::KeysUnavailable,
            Self::Signature { .. } => Reason::Signature,
            Self::Issuer | Self::IssuerSpelling { .. } => Reason::Issuer,
            Self::Audience => Reason::Audience,
            Self::Client => Reason::Client,
            Self::ClaimMissing => Reason::ClaimMissing,
            Self::ClaimType => Reason::ClaimType,
            Self::Expired => Reason::Expired,
            Self::NotYetValid => Reason::NotYetValid,
            Self::Lifetime => Reason::Lifetime,
            Self::Confirmation => Reason::Confirmation,
        }
    }
}
