//! An issuer beside the development one, with its key set in a file and whatever settings a test gives.

use std::{path::PathBuf, sync::Arc};

use app::{
    audit::Journal,
    auth::tokens::{KeyError, TokenVerifier},
    clock::Clock,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jsonwebtoken::{Algorithm, EncodingKey, jwk::Jwk};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use serde_json::{Value, json};
use tempfile::TempDir;
use time::OffsetDateTime;

use crate::harness::{self, Actor, ManualClock, Service};

pub const ISSUER: &str = "https://id.example.com";

/// An issuer of our own, with its key set in a file and its settings in another.
pub struct Other {
    key: EncodingKey,
    algorithm: Algorithm,
    public: Value,
    pub files: TempDir,
}

impl Other {
    pub fn new(key: &KeyPair, algorithm: Algorithm, more: &Value) -> Self {
        let pem = key.serialize_pem();
        let signing = match algorithm {
            Algorithm::ES256 => EncodingKey::from_ec_pem(pem.as_bytes()),
            Algorithm::EdDSA => EncodingKey::from_ed_pem(pem.as_bytes()),
            _ => EncodingKey::from_rsa_pem(pem.as_bytes()),
        }
        .unwrap();
        let mut public = if algorithm == Algorithm::EdDSA {
            // The library does not read what the other one writes of this kind.
            json!({ "kty": "OKP", "crv": "Ed25519", "x": BASE64.encode(key.public_key_raw()) })
        } else {
            serde_json::to_value(Jwk::from_encoding_key(&signing, algorithm).unwrap()).unwrap()
        };
        public["kid"] = json!("one");
        let other = Self {
            key: signing,
            algorithm,
            public,
            files: TempDir::new().unwrap(),
        };
        other.publish(&[other.published(more)]);
        other
    }

    pub fn es256() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        Self::new(&key, Algorithm::ES256, &json!({}))
    }

    /// Its key as a key set lists it, but for these members. `null` takes away.
    pub fn published(&self, more: &Value) -> Value {
        let mut jwk = self.public.clone();
        changed(&mut jwk, more);
        jwk
    }

    /// Writes its key set.
    pub fn publish(&self, keys: &[Value]) {
        let set = json!({ "keys": keys }).to_string();
        std::fs::write(self.files.path().join("jwks.json"), set).unwrap();
    }

    /// A service that trusts it, with these lines in its table.
    pub fn service(&self, settings: &str) -> Service {
        Service::configured(&self.file(settings))
    }

    /// Whether its key set has a key that may be used with these lines in its table.
    pub fn usable(&self, settings: &str) -> Result<(), KeyError> {
        self.verifier(settings).map(drop)
    }

    /// What decides on its tokens, with these lines in its table, and the clock that it goes by.
    pub fn verifier(&self, settings: &str) -> Result<(TokenVerifier, Arc<ManualClock>), KeyError> {
        let file = self.file(settings);
        let settings = harness::settings(self.files.path(), &[], &[&file]);
        let clock = Arc::new(ManualClock::default());
        let journal = Journal::open(&settings.audit, self.files.path(), clock.clone()).unwrap();
        let verifier = TokenVerifier::new(
            &settings.auth,
            &app::permissions::ACCESS,
            clock.clone(),
            &journal,
        )?;
        Ok((verifier, clock))
    }

    fn file(&self, settings: &str) -> PathBuf {
        let file = self.files.path().join("settings.toml");
        let keys = self.files.path().join("jwks.json");
        let given = |line: &str, default: String| {
            if settings.contains(line) {
                String::new()
            } else {
                default
            }
        };
        let issuer = given("issuer =", format!("issuer = \"{ISSUER}\""));
        let algorithms = given("algorithms", "algorithms = [\"ES256\"]".to_owned());
        let source = given(
            if settings.contains("discovery") {
                "discovery"
            } else {
                "jwks_url"
            },
            format!("jwks_file = \"{}\"", keys.display()),
        );
        let text = format!(
            "[[auth.issuers]]\naudience = \"hardened-api\"\n{issuer}\n{algorithms}\n{source}\n{settings}\n",
        );
        std::fs::write(&file, text).unwrap();
        file
    }

    /// The header of its tokens.
    pub fn header(&self, typ: &str) -> Value {
        json!({ "typ": typ, "alg": format!("{:?}", self.algorithm), "kid": "one" })
    }

    /// A token of these two, as they are.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_text(&header.to_string(), &claims.to_string())
    }

    pub fn sign_text(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
        let signature =
            jsonwebtoken::crypto::sign(signed.as_bytes(), &self.key, self.algorithm).unwrap();
        format!("{signed}.{signature}")
    }

    /// Somebody with a token that RFC 9068 would have, but for these changes. `null` takes away.
    pub fn actor(&self, service: &Service, typ: &str, changes: &Value) -> Actor {
        service.bearer(&self.token(service.clock.now(), typ, changes))
    }

    /// The token of such an actor, issued at this time.
    pub fn token(&self, now: OffsetDateTime, typ: &str, changes: &Value) -> String {
        self.sign(&self.header(typ), &claims(now, changes))
    }
}

/// The claims that RFC 9068 would have, but for these changes. `null` takes away.
pub fn claims(now: OffsetDateTime, changes: &Value) -> Value {
    let now = now.unix_timestamp();
    let mut claims = json!({
        "iss": ISSUER, "aud": "hardened-api", "sub": "alice", "client_id": "web", "jti": "1",
        "iat": now, "exp": now + 600, "auth_time": now, "roles": ["editor"],
        "scope": "invoices:read invoices:create invoices:delete",
    });
    changed(&mut claims, changes);
    claims
}

fn changed(object: &mut Value, changes: &Value) {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            object.as_object_mut().unwrap().remove(name);
        } else {
            object[name] = value.clone();
        }
    }
}
