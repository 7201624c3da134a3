//! The keys of an issuer, as a JWK Set (RFC 7517) says them.
//!
//! A key is bound to one algorithm when it is read, so a token cannot talk the verifier into using
//! an RSA key as an HMAC secret (RFC 8725 §3.1).
//!
//! Controls: JW-02, JW-03

use std::collections::HashMap;

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse},
};
use serde_json::Value;

use super::{
    header::{algorithm, is_key_id},
    sample,
};
use crate::{
    audit::Reason,
    config::{Issuer, SigningAlgorithm},
    egress::EgressError,
    files::{self, FileError},
};

/// Most keys that are looked at.
const MAX_KEYS: usize = 64;

/// Why an issuer's keys cannot be had; for the log.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("cannot start a thread: {0}")]
    Thread(std::io::Error),
    #[error("{url:?}: {source}")]
    Unreachable { url: String, source: EgressError },
    #[error("is not the metadata of a provider (RFC 8414), or names no key set by https")]
    Metadata,
    #[error(
        "the metadata is of issuer {found:?} and the configuration says {configured:?}: they must be equal, byte for byte"
    )]
    OtherIssuer { found: String, configured: String },
    #[error("is not a JWK Set (RFC 7517)")]
    NotAKeySet,
    #[error("has no key that is fit for the algorithms configured")]
    NoUsableKey,
    #[error("the role {0:?} in its table of roles is none of ours")]
    UnknownRole(String),
    #[error("the permission {0:?} in client_permissions is none of ours")]
    UnknownPermission(String),
    #[error("nothing reads keys of {0:?}")]
    UnknownIssuer(String),
    #[error("has no source of keys")]
    NoSource,
    #[error(transparent)]
    Client(#[from] EgressError),
}

/// The keys of one issuer that may be used, by their ids. An id may name several keys, each for another
/// algorithm (RFC 7517 §4.5).
pub(super) struct KeySet {
    keys: HashMap<String, Vec<(Algorithm, DecodingKey)>>,
    /// Ids of published keys that nobody should have published, and why they are not used.
    pub rejected: Vec<(String, Reason)>,
    /// What it was read from: the same text again is the same set.
    text: Vec<u8>,
    /// Which of the issuer's sets this is, counted by its refresher.
    pub generation: u64,
}

impl KeySet {
    /// Reads a JWK Set and keeps what the issuer's settings allow. A key that is unfit is passed over:
    /// an issuer may well publish keys that are meant for others. A set without a key is a set: an
    /// issuer may withdraw all keys.
    ///
    /// # Errors
    /// When the text is no key set.
    pub(super) fn read(text: Vec<u8>, issuer: &Issuer) -> Result<Self, KeyError> {
        let set: Value =
            serde_json::from_slice(files::without_mark(&text)).map_err(|_| KeyError::NotAKeySet)?;
        let entries = set.get("keys").and_then(Value::as_array);
        let entries = entries.ok_or(KeyError::NotAKeySet)?;
        let mut keys: HashMap<String, Vec<(Algorithm, DecodingKey)>> = HashMap::new();
        let mut rejected = Vec::new();
        for entry in entries.iter().take(MAX_KEYS) {
            let named = named(entry);
            if let Some((id, jwk)) = &named
                && sample::is_one(jwk)
            {
                tracing::error!(
                    issuer = issuer.issuer,
                    "publishes a key of an example, which everybody can sign with: it is not used"
                );
                rejected.push((id.clone(), Reason::KeyExample));
                continue;
            }
            let usable = named.and_then(|(id, jwk)| Some((id, usable(entry, &jwk, issuer)?)));
            let Some((id, key)) = usable else {
                tracing::debug!(issuer = issuer.issuer, "a published key is not used");
                continue;
            };
            let of_this_id = keys.entry(id.clone()).or_default();
            if of_this_id.iter().any(|(algorithm, _)| *algorithm == key.0) {
                // Which of the two is meant is anybody's guess, so the first stays.
                tracing::warn!(
                    issuer = issuer.issuer,
                    "a key id is published twice for one algorithm"
                );
                rejected.push((id, Reason::KeyAmbiguous));
            } else {
                of_this_id.push(key);
            }
        }
        if entries.len() > MAX_KEYS {
            tracing::warn!(
                issuer = issuer.issuer,
                "more keys are published than are read"
            );
        }
        Ok(Self {
            keys,
            rejected,
            text,
            generation: 0,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The key of that id that is for this algorithm.
    pub(super) fn key(&self, id: &str, algorithm: Algorithm) -> Option<&DecodingKey> {
        let mut of_this_id = self.keys.get(id)?.iter();
        let found = of_this_id.find(|(bound, _)| *bound == algorithm);
        found.map(|(_, key)| key)
    }

    pub(super) fn is_from(&self, text: &[u8]) -> bool {
        self.text == text
    }
}

/// A key that a token can name.
fn named(entry: &Value) -> Option<(String, Jwk)> {
    let jwk: Jwk = serde_json::from_value(entry.clone()).ok()?;
    let id = jwk.common.key_id.clone().filter(|id| is_key_id(id))?;
    Some((id, jwk))
}

/// The key with its one algorithm, unless type, curve, use or strength forbid it.
fn usable(entry: &Value, jwk: &Jwk, issuer: &Issuer) -> Option<(Algorithm, DecodingKey)> {
    let common = &jwk.common;
    // One endpoint may serve several issuers' keys, each saying whose it is.
    let whose = entry.get("issuer").and_then(Value::as_str);
    if whose.is_some_and(|whose| !whose.contains('{') && whose != issuer.issuer) {
        return None;
    }
    let meant_for_signatures =
        matches!(common.public_key_use, None | Some(PublicKeyUse::Signature));
    let verifies = common
        .key_operations
        .as_ref()
        .is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    // Not the library's reading of it, which does not know every name.
    let declared = entry.get("alg").filter(|name| !name.is_null());
    let declared = declared.map(|name| name.as_str().and_then(algorithm));
    let algorithm = issuer
        .algorithms
        .iter()
        .copied()
        .map(library)
        .find(|algorithm| {
            fits(&jwk.algorithm, *algorithm, issuer.allow_rsa_2048)
                && declared.is_none_or(|declared| declared == Some(*algorithm))
        })?;
    let key = DecodingKey::from_jwk(jwk).ok()?;
    (meant_for_signatures && verifies).then_some((algorithm, key))
}

fn fits(key: &AlgorithmParameters, algorithm: Algorithm, allow_rsa_2048: bool) -> bool {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256};
    match (key, algorithm) {
        (AlgorithmParameters::EllipticCurve(key), ES256) => key.curve == EllipticCurve::P256,
        (AlgorithmParameters::EllipticCurve(key), ES384) => key.curve == EllipticCurve::P384,
        (AlgorithmParameters::OctetKeyPair(key), EdDSA) => key.curve == EllipticCurve::Ed25519,
        (AlgorithmParameters::RSA(key), PS256 | PS384 | PS512 | RS256) => {
            // Six bits a character; a modulus has no leading zeros.
            let bits = key.n.trim_start_matches('A').len() * 6;
            bits >= if allow_rsa_2048 { 2048 } else { 3072 }
        }
        _ => false,
    }
}

/// The same algorithm in the library's words.
pub(super) fn library(algorithm: SigningAlgorithm) -> Algorithm {
    match algorithm {
        SigningAlgorithm::ES256 => Algorithm::ES256,
        SigningAlgorithm::ES384 => Algorithm::ES384,
        SigningAlgorithm::EdDSA => Algorithm::EdDSA,
        SigningAlgorithm::PS256 => Algorithm::PS256,
        SigningAlgorithm::PS384 => Algorithm::PS384,
        SigningAlgorithm::PS512 => Algorithm::PS512,
        SigningAlgorithm::RS256 => Algorithm::RS256,
    }
}
