//! The keys of an issuer. A key is bound to one algorithm when it is loaded, so a token cannot talk
//! the verifier into using an RSA key as an HMAC secret (RFC 8725 §3.1; CONTROLS JW-02, JW-03).

use std::{collections::HashMap, fs, path::Path, sync::Arc};

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse},
};

use crate::config::{Issuer, SigningAlgorithm};

/// Shortest RSA modulus in bits.
const MIN_RSA_BITS: usize = 3072;

/// Why an issuer's keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("{path}: {source}")]
    Unreadable {
        path: String,
        source: std::io::Error,
    },
    #[error("{path}: is not a JWK Set (RFC 7517)")]
    NotAKeySet { path: String },
    #[error("{path}: has no key for the algorithms that are configured")]
    NoUsableKey { path: String },
}

/// An issuer with its keys at hand.
pub struct TrustedIssuer {
    pub(super) issuer: Arc<str>,
    pub(super) audience: String,
    pub(super) roles_claim: String,
    keys: HashMap<String, (Algorithm, DecodingKey)>,
}

impl TrustedIssuer {
    /// Reads the issuer's key set.
    ///
    /// # Errors
    /// When the file is no key set, or has no key that may be used.
    pub fn load(settings: &Issuer) -> Result<Self, KeyError> {
        let path = settings.jwks_file.display().to_string();
        let keys = key_set(&settings.jwks_file)?
            .keys
            .iter()
            .filter_map(|jwk| usable(jwk, &settings.algorithms))
            .collect::<HashMap<_, _>>();
        if keys.is_empty() {
            return Err(KeyError::NoUsableKey { path });
        }
        Ok(Self {
            issuer: settings.issuer.as_str().into(),
            audience: settings.audience.clone(),
            roles_claim: settings.roles_claim.clone(),
            keys,
        })
    }

    /// The key of that id, if it is for this algorithm.
    pub(super) fn key(&self, id: &str, algorithm: Algorithm) -> Option<&DecodingKey> {
        let (bound, key) = self.keys.get(id)?;
        (*bound == algorithm).then_some(key)
    }

    /// Whether some key of this issuer is for that algorithm.
    pub(super) fn allows(&self, algorithm: Algorithm) -> bool {
        self.keys.values().any(|(bound, _)| *bound == algorithm)
    }
}

fn key_set(file: &Path) -> Result<JwkSet, KeyError> {
    let path = file.display().to_string();
    let text = fs::read(file).map_err(|source| KeyError::Unreadable {
        path: path.clone(),
        source,
    })?;
    serde_json::from_slice(&text).map_err(|_| KeyError::NotAKeySet { path })
}

/// The key with its id and its one algorithm, unless type, curve, use or strength forbid it.
fn usable(jwk: &Jwk, allowed: &[SigningAlgorithm]) -> Option<(String, (Algorithm, DecodingKey))> {
    let id = jwk.common.key_id.clone()?;
    let signs = match &jwk.common.public_key_use {
        None | Some(PublicKeyUse::Signature) => true,
        Some(_) => false,
    };
    let declared = jwk
        .common
        .key_algorithm
        .map(|algorithm| algorithm.to_string());
    let algorithm = allowed.iter().copied().map(library).find(|algorithm| {
        fits(&jwk.algorithm, *algorithm)
            && declared
                .as_ref()
                .is_none_or(|name| *name == format!("{algorithm:?}"))
    })?;
    let key = DecodingKey::from_jwk(jwk).ok()?;
    signs.then_some((id, (algorithm, key)))
}

fn fits(key: &AlgorithmParameters, algorithm: Algorithm) -> bool {
    match (key, algorithm) {
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES256) => {
            key.curve == EllipticCurve::P256
        }
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES384) => {
            key.curve == EllipticCurve::P384
        }
        (AlgorithmParameters::OctetKeyPair(key), Algorithm::EdDSA) => {
            key.curve == EllipticCurve::Ed25519
        }
        (AlgorithmParameters::RSA(key), Algorithm::PS256 | Algorithm::PS384 | Algorithm::PS512) => {
            // Four base64url characters are three bytes.
            key.n.len() * 6 >= MIN_RSA_BITS
        }
        _ => false,
    }
}

fn library(algorithm: SigningAlgorithm) -> Algorithm {
    match algorithm {
        SigningAlgorithm::ES256 => Algorithm::ES256,
        SigningAlgorithm::ES384 => Algorithm::ES384,
        SigningAlgorithm::EdDSA => Algorithm::EdDSA,
        SigningAlgorithm::PS256 => Algorithm::PS256,
        SigningAlgorithm::PS384 => Algorithm::PS384,
        SigningAlgorithm::PS512 => Algorithm::PS512,
    }
}
