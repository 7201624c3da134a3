//! An issuer beside the development one, with its key set in a file and whatever settings a test gives.

use std::{path::PathBuf, sync::Arc};

use app::{
    audit::Journal,
    auth::tokens::{KeyError, TokenVerifier},
    clock::Clock,
};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, JwkSet},
};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use serde_json::{Value, json};
use tempfile::TempDir;
use time::OffsetDateTime;

use crate::harness::{self, Actor, ManualClock, Service};

pub const ISSUER: &str = "https://id.example.com";

/// An issuer of our own, with its key set in a file and its settings in another.
pub struct Other {
    pub key: EncodingKey,
    algorithm: Algorithm,
    pub files: TempDir,
}

impl Other {
    pub fn new(key: &KeyPair, algorithm: Algorithm, more: &Value) -> Self {
        let pem = key.serialize_pem();
        let key = match algorithm {
            Algorithm::ES256 => EncodingKey::from_ec_pem(pem.as_bytes()),
            _ => EncodingKey::from_rsa_pem(pem.as_bytes()),
        }
        .unwrap();
        let mut jwk = Jwk::from_encoding_key(&key, algorithm).unwrap();
        jwk.common.key_id = Some("one".to_owned());
        let mut published = serde_json::to_value(JwkSet { keys: vec![jwk] }).unwrap();
        for (name, value) in more.as_object().unwrap() {
            published["keys"][0][name] = value.clone();
        }
        let files = TempDir::new().unwrap();
        std::fs::write(files.path().join("jwks.json"), published.to_string()).unwrap();
        Self {
            key,
            algorithm,
            files,
        }
    }

    pub fn es256() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        Self::new(&key, Algorithm::ES256, &json!({}))
    }

    /// A service that trusts it, with these lines in its table.
    pub fn service(&self, settings: &str) -> Service {
        Service::configured(&self.file(settings))
    }

    /// Whether its key set has a key that may be used with these lines in its table.
    pub fn usable(&self, settings: &str) -> Result<(), KeyError> {
        let file = self.file(settings);
        let settings = harness::settings(self.files.path(), &[], &[&file]);
        let clock = Arc::new(ManualClock::default());
        let journal = Journal::open(&settings.audit, self.files.path(), clock.clone()).unwrap();
        TokenVerifier::new(&settings.auth, clock, &journal).map(drop)
    }

    fn file(&self, settings: &str) -> PathBuf {
        let file = self.files.path().join("settings.toml");
        let keys = self.files.path().join("jwks.json");
        let algorithms = if settings.contains("algorithms") {
            ""
        } else {
            "algorithms = [\"ES256\"]"
        };
        let text = format!(
            "[[auth.issuers]]\nissuer = \"{ISSUER}\"\naudience = \"hardened-api\"\n{algorithms}\n\
             jwks_file = \"{}\"\n{settings}\n",
            keys.display()
        );
        std::fs::write(&file, text).unwrap();
        file
    }

    /// Somebody with a token that RFC 9068 would have, but for these changes. `null` takes away.
    pub fn actor(&self, service: &Service, typ: &str, changes: &Value) -> Actor {
        service.bearer(&self.token(service.clock.now(), typ, changes))
    }

    /// The token of such an actor, issued at this time.
    pub fn token(&self, now: OffsetDateTime, typ: &str, changes: &Value) -> String {
        let now = now.unix_timestamp();
        let mut claims = json!({
            "iss": ISSUER, "aud": "hardened-api", "sub": "alice", "client_id": "web", "jti": "1",
            "iat": now, "exp": now + 600, "auth_time": now, "roles": ["editor"],
            "scope": "invoices:read invoices:create invoices:delete",
        });
        for (name, value) in changes.as_object().unwrap() {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        let mut header = Header::new(self.algorithm);
        header.typ = Some(typ.to_owned());
        header.kid = Some("one".to_owned());
        jsonwebtoken::encode(&header, &claims, &self.key).unwrap()
    }
}
