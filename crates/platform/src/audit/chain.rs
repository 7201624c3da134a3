//! The chain: each line carries the hash of the line before it, so a line that was changed, taken out
//! or moved shows in the next one.
//!
//! The hash is over the exact bytes that stand in the file, without the line feed, so that anybody can
//! recompute it: `head -n 1 audit.jsonl | tr -d '\n' | sha256sum`. A chain alone does not keep its
//! end, nor itself from being written anew: `checkpoint.rs`.

use std::fmt;

use aws_lc_rs::{digest, hmac};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A SHA-256, in lower case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash([u8; digest::SHA256_OUTPUT_LEN]);

impl Hash {
    /// What the first line of all has before it.
    pub const NONE: Self = Self([0; digest::SHA256_OUTPUT_LEN]);

    /// Of a line without its line feed.
    #[must_use]
    pub fn of(line: &[u8]) -> Self {
        let mut hash = Self::NONE;
        let digest = digest::digest(&digest::SHA256, line);
        hash.0.copy_from_slice(digest.as_ref());
        hash
    }

    /// Of a text that may hold secrets. Without the key nobody can try which secret has this hash.
    #[must_use]
    pub(super) fn keyed(key: &hmac::Key, text: &[u8]) -> Self {
        let mut hash = Self::NONE;
        hash.0.copy_from_slice(hmac::sign(key, text).as_ref());
        hash
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
        bytes.try_into().map(Self).ok()
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&HEXLOWER.encode_display(&self.0), f)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a SHA-256"))
    }
}

/// The end of a chain: the last line's number and hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHead {
    pub seq: u64,
    pub hash: Hash,
}

impl ChainHead {
    /// Before the first line of all.
    pub const START: Self = Self {
        seq: 0,
        hash: Hash::NONE,
    };

    /// After one more line.
    #[must_use]
    pub fn after(self, line: &[u8]) -> Self {
        Self {
            seq: self.seq.saturating_add(1),
            hash: Hash::of(line),
        }
    }
}
