//! Access tokens: RFC 9068 JWTs, believed only after every check of RFC 8725.
//!
//! `keys` holds what each issuer signs with, `header` and `claims` read a token strictly, `verify`
//! puts the checks in order, `development` is an issuer for one's own machine.

mod claims;
pub mod development;
mod header;
mod keys;
mod verify;

pub use keys::{KeyError, TrustedIssuer};
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
