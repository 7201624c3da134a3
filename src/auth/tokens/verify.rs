//! Whether a token is believed: the checks, in order, each one refusing.
//!
//! The library checks the signature; which algorithm, which key and which claims are decided here,
//! because its defaults accept more than RFC 9068 does (`docs/adr/0005-token-verification.md`).

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use time::Duration;

use super::{
    Refusal,
    claims::{Claims, Times},
    header::Header,
    keys::{KeyError, TrustedIssuer},
};
use crate::{auth::principal::Principal, clock::Clock, config, http::strict_json};

/// Longest token in bytes. A longer one is refused before any of it is decoded.
const MAX_TOKEN: usize = 8192;

/// Turns access tokens into principals.
pub struct TokenVerifier {
    issuers: Vec<TrustedIssuer>,
    leeway: Duration,
    max_lifetime: Duration,
    clock: Arc<dyn Clock>,
}

impl TokenVerifier {
    /// A verifier for these issuers.
    ///
    /// # Errors
    /// When an issuer's keys cannot be read.
    pub fn new(settings: &config::Auth, clock: Arc<dyn Clock>) -> Result<Self, KeyError> {
        let issuers = settings.issuers.iter().map(TrustedIssuer::load);
        Ok(Self {
            issuers: issuers.collect::<Result<_, _>>()?,
            leeway: settings.leeway(),
            max_lifetime: settings.max_lifetime(),
            clock,
        })
    }

    /// Verifies a compact JWS and all of its claims.
    ///
    /// # Errors
    /// The first reason not to believe it.
    pub fn verify(&self, token: &str) -> Result<Principal, Refusal> {
        if token.len() > MAX_TOKEN {
            return Err(Refusal::TooLarge);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(Refusal::Malformed)?;
        let header = Header::read(&object(header)?)?;

        let claims = object(claims)?;
        let claims = Claims(&claims);
        let named = claims.issuer()?;
        let issuer = self.issuers.iter().find(|issuer| *issuer.issuer == *named);
        let issuer = issuer.ok_or(Refusal::Issuer)?;

        if !issuer.allows(header.algorithm) {
            return Err(Refusal::Algorithm);
        }
        let key = issuer
            .key(&header.key_id, header.algorithm)
            .ok_or(Refusal::KeyUnknown)?;
        let signed = signed.as_bytes();
        match jsonwebtoken::crypto::verify(signature, signed, key, header.algorithm) {
            Ok(true) => {}
            Ok(false) | Err(_) => return Err(Refusal::Signature),
        }
        let times = Times {
            now: self.clock.now(),
            leeway: self.leeway,
            max_lifetime: self.max_lifetime,
        };
        claims.principal(issuer, times)
    }
}

/// A segment as a JSON object without duplicate members.
fn object(segment: &str) -> Result<Map<String, Value>, Refusal> {
    let text = URL_SAFE_NO_PAD
        .decode(segment)
        .map_err(|_| Refusal::Malformed)?;
    strict_json::check(&text).map_err(|_| Refusal::Malformed)?;
    serde_json::from_slice(&text).map_err(|_| Refusal::Malformed)
}
