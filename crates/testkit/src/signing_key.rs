//! A key of an issuer that the development issuer is not: there can be several, and one of them can leak.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use serde_json::{Value, json};

/// A key that signs any claims.
pub struct SigningKey {
    key: EncodingKey,
    /// `kid` of its tokens.
    pub id: &'static str,
}

impl SigningKey {
    pub fn new(id: &'static str) -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        Self {
            key: EncodingKey::from_ec_pem(key.serialize_pem().as_bytes()).unwrap(),
            id,
        }
    }

    /// An access token (RFC 9068) with these claims.
    pub fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(self.id.to_owned());
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }

    /// Any header and claims, signed.
    pub fn sign_header(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| BASE64.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature =
            jsonwebtoken::crypto::sign(signed.as_bytes(), &self.key, Algorithm::ES256).unwrap();
        format!("{signed}.{signature}")
    }
}

/// The key set of an issuer with these keys.
pub fn key_set(keys: &[&SigningKey]) -> Value {
    let public = keys.iter().map(|key| {
        let mut public = Jwk::from_encoding_key(&key.key, Algorithm::ES256).unwrap();
        public.common.key_id = Some(key.id.to_owned());
        public
    });
    json!({ "keys": public.collect::<Vec<_>>() })
}
