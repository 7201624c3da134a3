//! The header of a token, which anybody can write.
//!
//! It may name a key and an algorithm that we already trust for the issuer; it never brings one
//! along. `jwk`, `jku`, `x5u` and `x5c` are not read at all (RFC 8725 §3.10; CVE-2018-0114).

use jsonwebtoken::Algorithm;
use serde_json::Value;

use super::Refusal;

/// Longest `kid` in characters.
const MAX_KEY_ID: usize = 64;

pub(super) struct Header {
    pub algorithm: Algorithm,
    pub key_id: String,
}

impl Header {
    /// Reads the protected header.
    pub(super) fn read(members: &Value, token_types: &[String]) -> Result<Self, Refusal> {
        // None is understood here, so any critical extension must be refused (RFC 7515 §4.1.11);
        // `b64`, `zip` and `enc` would change what the signature covers.
        if ["crit", "b64", "zip", "enc", "cty"]
            .iter()
            .any(|name| members.get(*name).is_some())
        {
            return Err(Refusal::Critical);
        }
        // An ID token or a logout token is signed by the same key (RFC 9068 §4, RFC 8725 §3.11).
        let typ = text(members, "typ").ok_or(Refusal::Type)?;
        let typ = typ.to_ascii_lowercase();
        let typ = typ.strip_prefix("application/").unwrap_or(&typ);
        if !token_types
            .iter()
            .any(|accepted| accepted.eq_ignore_ascii_case(typ))
        {
            return Err(Refusal::Type);
        }
        let algorithm = text(members, "alg")
            .and_then(|name| name.parse().ok())
            .ok_or(Refusal::Algorithm)?;
        let key_id = text(members, "kid")
            .filter(|id| is_key_id(id))
            .ok_or(Refusal::KeyUnknown)?;
        Ok(Self {
            algorithm,
            key_id: key_id.to_owned(),
        })
    }
}

fn text<'m>(members: &'m Value, name: &str) -> Option<&'m str> {
    members.get(name)?.as_str()
}

/// A key id is a name to look up: no path, no URL, no SQL (RFC 8725 §3.10).
pub(super) fn is_key_id(id: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    (1..=MAX_KEY_ID).contains(&id.len()) && id.bytes().all(plain)
}
