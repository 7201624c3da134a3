//! What a quota is called on the server: a hash with a secret that only the replicas have.
//!
//! Subjects and addresses are personal data, and few enough to be guessed from a hash without a key. So who reads
//! the server, or a copy of its memory, learns that somebody has used a quota, and not who. Services with
//! secrets of their own share a server without sharing quotas.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use secrecy::ExposeSecret;

use super::bucket::{Bucket, Subject};
use crate::files::{self, FileError};

/// Fewest bytes of a secret.
const SECRET: usize = 32;
/// Bytes of a hash that stand in a name.
const NAME: usize = 18;

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{}: holds fewer than {SECRET} bytes", .0.display())]
    Short(PathBuf),
}

/// Names quotas.
pub struct Keys(hmac::Key);

impl Keys {
    /// Names with the secret in this file.
    ///
    /// # Errors
    /// When others may read it, or it is too short.
    pub fn read(file: &Path) -> Result<Self, SecretError> {
        let secret = files::read_secret(file)?;
        let secret = secret.expose_secret();
        if secret.len() < SECRET {
            return Err(SecretError::Short(file.to_owned()));
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    /// `quota:` and 24 letters.
    pub(super) fn name(&self, bucket: &Bucket) -> String {
        let mut hash = hmac::Context::with_key(&self.0);
        // No policy has a zero byte in its name.
        hash.update(bucket.policy.as_bytes());
        hash.update(&[0]);
        match bucket.subject {
            Subject::Name(name) => hash.update(name.bytes()),
            Subject::Address(IpAddr::V4(address)) => hash.update(&address.octets()),
            Subject::Address(IpAddr::V6(address)) => hash.update(&address.octets()),
        }
        let hash = hash.sign();
        let shown = hash.as_ref().get(..NAME).unwrap_or_default();
        format!("quota:{}", BASE64URL_NOPAD.encode(shown))
    }
}
