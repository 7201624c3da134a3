//! Whether a token is believed: the checks, in order, each one refusing.
//!
//! The library checks the signature; which algorithm, which key and which claims are decided here,
//! because its defaults accept more than RFC 9068 does (`docs/adr/0005-token-verification.md`).

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use time::Duration;

use super::{
    TokenError,
    cache::{self, Verified, VerifiedTokens},
    claims::{Claims, Times},
    header::Header,
    issuer_keys::IssuerKeys,
    keys::{KeyError, KeySet, library},
    refresher::KeySetRefresher,
};
use crate::{
    auth::{permission::AccessTable, principal::Principal},
    clock::Clock,
    config, json,
};

/// Longest token in bytes. A longer one is refused before any of it is decoded. Two hundred groups of
/// Microsoft Entra ID, the most that it puts into a token, take eleven thousand.
const MAX_TOKEN: usize = 16 * 1024;

/// Turns access tokens into principals.
pub struct TokenVerifier {
    issuers: Vec<TrustedIssuer>,
    verified: VerifiedTokens,
    access: &'static AccessTable,
    leeway: Duration,
    clock: Arc<dyn Clock>,
}

/// An issuer with its keys at hand.
struct TrustedIssuer {
    settings: config::Issuer,
    max_lifetime: Duration,
    refresher: Arc<KeySetRefresher>,
}

impl TokenVerifier {
    /// A verifier for these issuers, whose keys are in `keys`.
    ///
    /// # Errors
    /// When there are no keys of one of them.
    pub fn new(
        settings: &config::Auth,
        keys: &IssuerKeys,
        access: &'static AccessTable,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, KeyError> {
        let issuers = settings.issuers.iter().map(|issuer| {
            let lifetime = issuer.max_lifetime.unwrap_or(settings.max_lifetime);
            Ok(TrustedIssuer {
                max_lifetime: Duration::try_from(lifetime).unwrap_or_default(),
                refresher: keys.of(&issuer.issuer)?,
                settings: issuer.clone(),
            })
        });
        Ok(Self {
            issuers: issuers.collect::<Result<_, KeyError>>()?,
            verified: VerifiedTokens::new(settings.token_cache_entries),
            access,
            leeway: Duration::try_from(settings.leeway).unwrap_or_default(),
            clock,
        })
    }

    /// Verifies a compact JWS and all of its claims.
    ///
    /// # Errors
    /// The first reason not to believe it.
    pub async fn verify(&self, token: &str) -> Result<Arc<Principal>, TokenError> {
        if token.len() > MAX_TOKEN {
            return Err(TokenError::TooLarge);
        }
        let verified = self.check(token).await?;
        let principal = verified.principal.clone();
        self.verified.insert(cache::key(token), verified);
        Ok(principal)
    }

    /// The caller, when this very token was verified before and would be again.
    #[must_use]
    pub fn remembered(&self, token: &str) -> Option<Arc<Principal>> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let key = &cache::key(token);
        let found = self.verified.get(key)?;
        let current = self.issuers.get(found.issuer)?.refresher.keys();
        let same_keys = current.is_some_and(|keys| keys.generation == found.keys);
        if same_keys && self.clock.now() < found.until {
            return Some(found.principal);
        }
        self.verified.remove(key);
        None
    }

    /// How many tokens are remembered.
    #[must_use]
    pub fn remembers(&self) -> usize {
        self.verified.len()
    }

    async fn check(&self, text: &str) -> Result<Verified, TokenError> {
        let mut token = self.read(text)?;
        let refresher = &token.issuer.refresher;
        let keys = refresher.keys_with(&token.header.key_id, token.header.algorithm);
        let keys = if let Some(keys) = keys {
            keys
        } else {
            // Anybody can make thousands of requests wait here, and parsed claims take twelve times
            // the token's room.
            let Unverified { header, claims, .. } = token;
            drop(claims);
            let keys = refresher.keys_for(&header.key_id, header.algorithm).await;
            token = self.read(text)?;
            keys.ok_or(TokenError::KeysUnavailable)?
        };
        self.judge(&token, &keys)
    }

    /// The token's parts, and the issuer that it names.
    fn read<'t>(&'t self, text: &'t str) -> Result<Unverified<'t>, TokenError> {
        let (signed, signature) = text.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = (object(header)?, object(claims)?);

        let parsed = Claims(&claims);
        let named = parsed.issuer()?;
        let mut issuers = self.issuers.iter().enumerate();
        let found = issuers.find(|(_, issuer)| issuer.settings.issuer == named);
        let (index, issuer) = found.ok_or_else(|| self.no_issuer(named))?;

        let header = Header::read(&header, &issuer.settings.token_types)?;
        let algorithms = &issuer.settings.algorithms;
        if !algorithms
            .iter()
            .any(|allowed| library(*allowed) == header.algorithm)
        {
            return Err(TokenError::Algorithm);
        }
        Ok(Unverified {
            signed,
            signature,
            header,
            claims,
            issuer,
            index,
        })
    }

    /// Whether the issuer signed it, and what it claims.
    fn judge(&self, token: &Unverified<'_>, keys: &KeySet) -> Result<Verified, TokenError> {
        let algorithm = token.header.algorithm;
        let key = keys.key(&token.header.key_id, algorithm);
        let key = key.ok_or(TokenError::KeyUnknown)?;
        let signed = token.signed.as_bytes();
        match jsonwebtoken::crypto::verify(token.signature, signed, key, algorithm) {
            Ok(true) => {}
            Ok(false) | Err(_) => {
                return Err(TokenError::Signature {
                    issuer: token.issuer.settings.issuer.as_str().into(),
                    key_id: token.header.key_id.as_str().into(),
                });
            }
        }
        let times = Times {
            now: self.clock.now(),
            leeway: self.leeway,
            max_lifetime: token.issuer.max_lifetime,
        };
        let claims = Claims(&token.claims);
        let settings = &token.issuer.settings;
        let key_id = &token.header.key_id;
        let (principal, expires) = claims.principal(settings, self.access, key_id, times)?;
        Ok(Verified {
            principal: Arc::new(principal),
            until: expires + self.leeway,
            issuer: token.index,
            keys: keys.generation,
        })
    }
}

/// A token's parts. Nothing of it is believed yet.
struct Unverified<'t> {
    signed: &'t str,
    signature: &'t str,
    header: Header,
    claims: Value,
    issuer: &'t TrustedIssuer,
    index: usize,
}

impl TokenVerifier {
    /// Why there is no issuer of this name. One that is nearly ours is an operator's slip, so the log
    /// shows both spellings; any other name is a stranger's text, and is not repeated.
    fn no_issuer(&self, named: &str) -> TokenError {
        let bare = |name: &str| name.strip_suffix('/').unwrap_or(name).to_ascii_lowercase();
        let mut issuers = self.issuers.iter().map(|issuer| &issuer.settings.issuer);
        match issuers.find(|ours| bare(ours) == bare(named)) {
            Some(ours) => TokenError::IssuerSpelling {
                token: named.to_owned(),
                configured: ours.clone(),
            },
            None => TokenError::Issuer,
        }
    }
}

/// A segment as a JSON object without duplicate members.
fn object(segment: &str) -> Result<Value, TokenError> {
    let text = URL_SAFE_NO_PAD
        .decode(segment)
        .map_err(|_| TokenError::Malformed)?;
    json::check(&text).map_err(|violation| match violation.code {
        "too_many_members" => TokenError::TooLarge,
        _ => TokenError::Malformed,
    })?;
    serde_json::from_slice(&text).map_err(|_| TokenError::Malformed)
}
