//! An access token: bytes are never believed; claims that the issuer signed are believed only when
//! they say what they must. Input that begins with `{` is signed with the issuer's key first.

#![no_main]

use std::sync::{Arc, LazyLock};

use app::{
    auth::tokens::{Refusal, TokenVerifier, development::DevelopmentIssuer},
    clock::Clock,
    config::Auth,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::JwkSet};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use time::OffsetDateTime;

/// The seeds are good at this time, and for an hour.
const NOW: i64 = 1_900_000_000;

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(NOW).expect("a time")
    }
}

struct Issuer {
    verifier: TokenVerifier,
    key: EncodingKey,
    header: Header,
}

static ISSUER: LazyLock<Issuer> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("a directory");
    let issuer = DevelopmentIssuer::open(directory.path()).expect("an issuer");
    let settings = serde_json::json!({
        "leeway_seconds": 10,
        "max_lifetime_seconds": 3600,
        "step_up_max_age_seconds": 300,
        "issuers": [],
    });
    let mut settings: Auth = serde_json::from_value(settings).expect("settings");
    settings.issuers.push(issuer.settings());

    let file = |name| std::fs::read(directory.path().join(name)).expect("a file");
    let keys: JwkSet = serde_json::from_slice(&file("jwks.json")).expect("a key set");
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some("at+jwt".to_owned());
    header.kid = keys.keys[0].common.key_id.clone();
    Issuer {
        verifier: TokenVerifier::new(&settings, Arc::new(Stopped)).expect("a verifier"),
        key: EncodingKey::from_ec_pem(&file("token-signing.key")).expect("a key"),
        header,
    }
});

fuzz_target!(|text: &str| {
    if !text.starts_with('{') {
        assert!(ISSUER.verifier.verify(text).is_err());
        return;
    }
    let Ok(claims) = serde_json::from_str::<Value>(text) else {
        return;
    };
    let token = jsonwebtoken::encode(&ISSUER.header, &claims, &ISSUER.key).expect("a token");
    match ISSUER.verifier.verify(&token) {
        Ok(principal) => {
            assert_eq!(claims["iss"], "https://issuer.localhost");
            assert_eq!(claims["sub"], *principal.identity.subject);
            let (issued, expires) = (claims["iat"].as_i64(), claims["exp"].as_i64());
            let (issued, expires) = issued.zip(expires).expect("whole seconds");
            assert!(expires > NOW - 10 && issued <= NOW + 10 && expires - issued <= 3600);
            assert!(claims.get("cnf").is_none());
        }
        // Ours is a good signature of a good key.
        Err(Refusal::Signature | Refusal::KeyUnknown | Refusal::Type) => panic!("{text}"),
        Err(_) => {}
    }
});
