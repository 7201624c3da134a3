//! An attacker who can sign any token: a genuine signature alone must open nothing.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::Value;

use super::{Service, Tested, token_for};

/// An attacker who has the issuer's key and signs any header and claims with it.
pub struct Forger {
    key: EncodingKey,
    pub header: Value,
    pub claims: Value,
}

impl Forger {
    /// With the header and the claims of a token of Alice's with these roles.
    pub fn of<T: Tested>(service: &Service<T>, roles: &[&'static str]) -> Self {
        let token = service.token(&token_for("alice", roles));
        Self::with_key(&token, &service.issuer_key())
    }

    /// With the header and the claims of this token, and the issuer's private key in PEM.
    pub fn with_key(token: &str, pem: &[u8]) -> Self {
        let parts: Vec<Value> = token
            .split('.')
            .take(2)
            .map(|part| serde_json::from_slice(&BASE64.decode(part).unwrap()).unwrap())
            .collect();
        Self {
            key: EncodingKey::from_ec_pem(pem).unwrap(),
            header: parts[0].clone(),
            claims: parts[1].clone(),
        }
    }

    pub fn sign(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
        let signature =
            jsonwebtoken::crypto::sign(signed.as_bytes(), &self.key, Algorithm::ES256).unwrap();
        format!("{signed}.{signature}")
    }

    pub fn with_claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[name] = value;
        self.sign(&self.header.to_string(), &claims.to_string())
    }

    pub fn without_claim(&self, name: &str) -> String {
        let mut claims = self.claims.clone();
        claims.as_object_mut().unwrap().remove(name).unwrap();
        self.sign(&self.header.to_string(), &claims.to_string())
    }
}
