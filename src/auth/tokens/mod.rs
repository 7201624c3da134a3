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

/// Why a token is not believed: for the log and the tests, never for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("too_large")]
    TooLarge,
    #[error("malformed")]
    Malformed,
    #[error("typ")]
    Type,
    #[error("crit")]
    Critical,
    #[error("alg_not_allowed")]
    Algorithm,
    #[error("key_unknown")]
    KeyUnknown,
    /// The issuer's keys cannot be had, so nothing of it can be believed: not the token's fault.
    #[error("keys_unavailable")]
    KeysUnavailable,
    #[error("bad_signature")]
    Signature,
    #[error("iss")]
    Issuer,
    #[error("aud")]
    Audience,
    #[error("claim_missing")]
    ClaimMissing,
    #[error("claim_type")]
    ClaimType,
    #[error("expired")]
    Expired,
    #[error("not_yet_valid")]
    NotYetValid,
    #[error("lifetime")]
    Lifetime,
    #[error("cnf_required")]
    Confirmation,
}
