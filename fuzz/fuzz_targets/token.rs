//! An access token: bytes are never believed; claims that the issuer signed are believed only when
//! they say what they must. Input that begins with `{` is signed with the issuer's key first.

#![no_main]

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use actix_web::rt::Runtime;
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::JwkSet};
use libfuzzer_sys::fuzz_target;
use platform::{
    audit::Journal,
    auth::tokens::{IssuerKeys, TokenError, TokenVerifier, development::DevelopmentIssuer},
    clock::Clock,
    config::{self, Sources},
};
use serde_json::Value;
use tempfile::TempDir;
use time::OffsetDateTime;

/// The seeds are good at this time, and for an hour.
const NOW: i64 = 1_900_000_000;

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(NOW).expect("a time")
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

struct Issuer {
    verifier: TokenVerifier,
    key: EncodingKey,
    header: Header,
    _journal: Journal,
    _directory: TempDir,
}

static ISSUER: LazyLock<Issuer> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("a directory");
    let issuer = DevelopmentIssuer::open(directory.path(), "fixture").expect("an issuer");
    let settings = config::load(
        &Sources::default(),
        &fixture::permissions::ACCESS.role_names(),
    );
    let mut settings = settings.unwrap_or_else(|found| panic!("{found:?}"));
    settings.auth.max_lifetime = Duration::from_secs(3600);
    settings.auth.leeway = Duration::from_secs(10);
    settings.auth.issuers.push(issuer.settings());
    let clock = Arc::new(Stopped);
    let journal = Journal::open(&settings.audit, directory.path(), clock.clone());
    let journal = journal.expect("a journal");

    let file = |name| std::fs::read(directory.path().join(name)).expect("a file");
    let keys: JwkSet = serde_json::from_slice(&file("jwks.json")).expect("a key set");
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some("at+jwt".to_owned());
    header.kid = keys.keys[0].common.key_id.clone();
    Issuer {
        verifier: TokenVerifier::new(
            &settings.auth,
            &IssuerKeys::start(&settings.auth, &fixture::permissions::ACCESS, &journal)
                .expect("the keys"),
            &fixture::permissions::ACCESS,
            clock,
        )
        .expect("a verifier"),
        key: EncodingKey::from_ec_pem(&file("token-signing.key")).expect("a key"),
        header,
        _journal: journal,
        _directory: directory,
    }
});

thread_local! {
    static RUNTIME: Runtime = Runtime::new().expect("a runtime");
}

fuzz_target!(|text: &str| {
    let verify =
        |token: &str| RUNTIME.with(|runtime| runtime.block_on(ISSUER.verifier.verify(token)));
    if !text.starts_with('{') {
        assert!(verify(text).is_err());
        assert!(ISSUER.verifier.remembered(text).is_none());
        return;
    }
    let Ok(claims) = serde_json::from_str::<Value>(text) else {
        return;
    };
    let token = jsonwebtoken::encode(&ISSUER.header, &claims, &ISSUER.key).expect("a token");
    let verified = verify(&token);
    let remembered = ISSUER.verifier.remembered(&token);
    assert_eq!(verified.is_ok(), remembered.is_some());
    match verified {
        Ok(principal) => {
            assert_eq!(claims["iss"], "https://issuer.localhost");
            assert_eq!(claims["sub"], *principal.identity.subject);
            let (issued, expires) = (claims["iat"].as_i64(), claims["exp"].as_i64());
            let (issued, expires) = issued.zip(expires).expect("whole seconds");
            assert!(expires > NOW - 10 && issued <= NOW + 10 && expires - issued <= 3600);
            assert!(claims.get("cnf").is_none());
        }
        // Ours is a good signature of a good key.
        Err(TokenError::Signature { .. } | TokenError::KeyUnknown | TokenError::Type) => {
            panic!("{text}")
        }
        Err(_) => {}
    }
});
