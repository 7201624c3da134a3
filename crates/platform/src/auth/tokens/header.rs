//! The header of a token, which anybody can write.
//!
//! It may name a key and an algorithm that we already trust for the issuer; it never brings one
//! along. `jwk`, `jku`, `x5u` and `x5c` are not read at all (RFC 8725 §3.10; CVE-2018-0114).

use jsonwebtoken::Algorithm;
use serde_json::Value;

use super::TokenError;

/// Longest `kid` in bytes. A thumbprint URI (RFC 9278) has ninety.
const MAX_KEY_ID: usize = 256;

pub(super) struct Header {
    pub algorithm: Algorithm,
    pub key_id: String,
}

impl Header {
    /// Reads the protected header.
    pub(super) fn read(members: &Value, token_types: &[String]) -> Result<Self, TokenError> {
        // None is understood here, so any critical extension must be refused (RFC 7515 §4.1.11);
        // `b64`, `zip` and `enc` would change what the signature covers.
        if ["crit", "b64", "zip", "enc", "cty"]
            .iter()
            .any(|name| members.get(*name).is_some())
        {
            return Err(TokenError::Critical);
        }
        // An ID token or a logout token is signed by the same key (RFC 9068 §4, RFC 8725 §3.11).
        let typ = text(members, "typ").ok_or(TokenError::Type)?;
        let typ = typ.to_ascii_lowercase();
        let typ = typ.strip_prefix("application/").unwrap_or(&typ);
        if !token_types
            .iter()
            .any(|accepted| accepted.eq_ignore_ascii_case(typ))
        {
            return Err(TokenError::Type);
        }
        let algorithm = text(members, "alg")
            .and_then(algorithm)
            .ok_or(TokenError::Algorithm)?;
        let key_id = text(members, "kid")
            .filter(|id| is_key_id(id))
            .ok_or(TokenError::KeyUnknown)?;
        Ok(Self {
            algorithm,
            key_id: key_id.to_owned(),
        })
    }
}

fn text<'m>(members: &'m Value, name: &str) -> Option<&'m str> {
    members.get(name)?.as_str()
}

/// A key id is any text (RFC 7515 §4.1.4). It is compared with the ids of the issuer's key set, and
/// used for nothing else: never a path, a URL or SQL, and in no log (RFC 8725 §3.10).
pub(super) fn is_key_id(id: &str) -> bool {
    (1..=MAX_KEY_ID).contains(&id.len())
}

/// The algorithm of this name. One has two names: RFC 9864 replaces `EdDSA` by `Ed25519`.
pub(super) fn algorithm(name: &str) -> Option<Algorithm> {
    match name {
        "Ed25519" => Some(Algorithm::EdDSA),
        other => other.parse().ok(),
    }
}
