//! Access tokens: RFC 9068 JWTs, believed only after every check of RFC 8725.
//!
//! `verify` puts the checks in order; `header` and `claims` read a token strictly; `keys` is what an
//! issuer signs with, `source` where that is read from, and `keeper` whoever keeps it current; `cache`
//! remembers what was verified; `development` is an issuer for one's own machine.

mod cache;
mod claims;
pub mod development;
mod header;
mod keeper;
mod keys;
mod source;
mod verify;

pub use keys::KeyError;
pub use verify::TokenVerifier;

/// Why a token is not believed: for the log, the journal and the tests, never for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.reason())]
pub enum Refusal {
    TooLarge,
    Malformed,
    Type,
    Critical,
    Algorithm,
    KeyUnknown,
    /// The issuer's keys cannot be had, so nothing of it can be believed: not the token's fault.
    KeysUnavailable,
    Signature,
    Issuer,
    Audience,
    ClaimMissing,
    ClaimType,
    Expired,
    NotYetValid,
    Lifetime,
    Confirmation,
}

impl Refusal {
    /// Its name in the journal and the log.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Malformed => "malformed",
            Self::Type => "typ",
            Self::Critical => "crit",
            Self::Algorithm => "alg_not_allowed",
            Self::KeyUnknown => "key_unknown",
            Self::KeysUnavailable => "keys_unavailable",
            Self::Signature => "bad_signature",
            Self::Issuer => "iss",
            Self::Audience => "aud",
            Self::ClaimMissing => "claim_missing",
            Self::ClaimType => "claim_type",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::Lifetime => "lifetime",
            Self::Confirmation => "cnf_required",
        }
    }
}
