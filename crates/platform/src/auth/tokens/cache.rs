//! Tokens that have been verified, so that a signature is checked once a token and not once a
//! request.
//!
//! A cache of decisions is a way to be believed for too long. So an entry is good only until the token
//! expires and only with the very key set that verified it; it is found by the hash of the token, and
//! the token itself is not kept.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use quick_cache::sync::Cache;
use time::OffsetDateTime;

use crate::auth::principal::Principal;

type Key = [u8; 32];

/// Verified tokens, a bounded number of them; the least used are forgotten first.
pub(super) struct VerifiedTokens(Option<Cache<Key, Verified>>);

#[derive(Clone)]
pub(super) struct Verified {
    pub principal: Arc<Principal>,
    /// When the token expires, with the leeway that clocks have.
    pub until: OffsetDateTime,
    /// Which of the verifier's issuers it is of.
    pub issuer: usize,
    /// The generation of the keys that verified it.
    pub keys: u64,
}

impl VerifiedTokens {
    /// Room for so many; none with zero.
    pub(super) fn new(entries: usize) -> Self {
        Self((entries > 0).then(|| Cache::new(entries)))
    }

    pub(super) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, Cache::len)
    }

    pub(super) fn get(&self, key: &Key) -> Option<Verified> {
        self.0.as_ref()?.get(key)
    }

    pub(super) fn insert(&self, key: Key, verified: Verified) {
        if let Some(cache) = &self.0 {
            cache.insert(key, verified);
        }
    }

    pub(super) fn remove(&self, key: &Key) {
        if let Some(cache) = &self.0 {
            cache.remove(key);
        }
    }
}

/// What a token is known by here. It names bytes, not a session: one session's token has several
/// spellings, so nothing but this cache may use it.
pub(super) fn key(token: &str) -> Key {
    let mut key = Key::default();
    key.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    key
}
