//! The form of a key, and the hash that is stored of it.
//!
//! `hak_<id>_<secret>_<checksum>`: id and checksum without a look-up tell a key from a typing error and from
//! what only looks like one, and one pattern finds leaked keys. The secret is 256 random bits, so a fast
//! hash is enough; its key, the pepper, is not in the database, so a stolen backup cannot even be searched for
//! a key that somebody has seen.
//!
//! Controls: AK-01

use std::path::{Path, PathBuf};

use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac, rand,
};
use data_encoding::HEXLOWER;
use secrecy::{ExposeSecret, zeroize::Zeroizing};
use uuid::Uuid;

use super::model::KeyId;
use crate::{
    audit::Reason,
    auth::api_key::PREFIX,
    config,
    files::{self, FileError},
    http::problem::Problem,
};

/// Bytes of a secret and of a hash.
const SECRET: usize = 32;
/// Bytes of the checksum: one typing error in four billion goes unnoticed until the look-up.
const CHECKSUM: usize = 4;

/// A new key, to be shown once.
///
/// # Errors
/// 500 when there is no randomness.
pub(super) fn generate(id: KeyId) -> Result<String, Problem> {
    let mut secret = [0; SECRET];
    rand::fill(&mut secret).map_err(|_| Problem::Internal("no randomness".into()))?;
    let id = id.uuid().simple();
    let body = format!("{PREFIX}{id}_{}", HEXLOWER.encode(&secret));
    let checksum = checksum(&body);
    Ok(format!("{body}_{checksum}"))
}

/// The id that a key claims to be of. It has one spelling: letters are small.
///
/// # Errors
/// When it does not have the form or the checksum.
pub(super) fn claimed_id(key: &str) -> Result<KeyId, Reason> {
    let parts = key.strip_prefix(PREFIX).map(|rest| rest.split('_'));
    let mut parts = parts.ok_or(Reason::Malformed)?;
    let (Some(id), Some(secret), Some(checksum), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Reason::Malformed);
    };
    if ![(id, 16), (secret, SECRET), (checksum, CHECKSUM)]
        .into_iter()
        .all(|(part, bytes)| is_hex(part, bytes))
    {
        return Err(Reason::Malformed);
    }
    let body = key.rsplit_once('_').map_or("", |(body, _)| body);
    if self::checksum(body) != checksum {
        return Err(Reason::Checksum);
    }
    let id = Uuid::try_parse(id).map_err(|_| Reason::Malformed)?;
    Ok(KeyId::of(id))
}

fn is_hex(part: &str, bytes: usize) -> bool {
    let small = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    part.len() == 2 * bytes && part.bytes().all(small)
}

fn checksum(body: &str) -> String {
    let digest = digest(&SHA256, body.as_bytes());
    let begin = digest.as_ref().get(..CHECKSUM).unwrap_or_default();
    HEXLOWER.encode(begin)
}

/// The key of the hashes.
pub struct Pepper(hmac::Key);

/// Why there is no pepper.
#[derive(Debug, thiserror::Error)]
pub enum PepperError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{}: holds fewer than {SECRET} bytes", .0.display())]
    Short(PathBuf),
    #[error("no randomness")]
    Make,
}

impl Pepper {
    /// The pepper of the file that is configured; otherwise that of the data directory, made if it is not
    /// there. One process at a time.
    ///
    /// # Errors
    /// When it can be neither read nor made.
    pub fn open(settings: &config::ApiKeys, data_dir: &Path) -> Result<Self, PepperError> {
        if let Some(file) = settings.pepper_file() {
            return Self::read(file);
        }
        let file = data_dir.join("api-keys.pepper");
        let there = file.try_exists();
        if !there.map_err(|error| FileError::new(&file, error))? {
            let mut secret = Zeroizing::new([0; SECRET]);
            rand::fill(&mut *secret).map_err(|_| PepperError::Make)?;
            let text = Zeroizing::new(HEXLOWER.encode(&*secret));
            files::write_private(&file, text.as_bytes())?;
        }
        Self::read(&file)
    }

    /// The pepper in this file.
    ///
    /// # Errors
    /// When others may read it, or it is too short.
    pub fn read(file: &Path) -> Result<Self, PepperError> {
        let secret = files::read_secret(file)?;
        let secret = secret.expose_secret();
        if secret.len() < SECRET {
            return Err(PepperError::Short(file.to_owned()));
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    /// What is stored of a key.
    pub(super) fn hash(&self, key: &str) -> Vec<u8> {
        hmac::sign(&self.0, key.as_bytes()).as_ref().to_owned()
    }

    /// Whether the hash is of this key; compared in constant time.
    pub(super) fn fits(&self, key: &str, hash: &[u8]) -> bool {
        hmac::verify(&self.0, key.as_bytes(), hash).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_spelling_and_a_typing_error_is_noticed_without_a_look_up() {
        let id = KeyId::at(time::OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000));
        let key = generate(id).unwrap();
        assert_eq!(claimed_id(&key), Ok(id));
        assert_eq!(key.len(), PREFIX.len() + 32 + 1 + 64 + 1 + 8);
        assert_ne!(generate(id).unwrap(), key);
        for place in PREFIX.len()..key.len() {
            let mut other = key.clone();
            let digit = if &key[place..=place] == "0" { "1" } else { "0" };
            other.replace_range(place..=place, digit);
            assert!(claimed_id(&other).is_err(), "{place}");
            assert!(claimed_id(&key[..place]).is_err(), "cut at {place}");
        }
        for other in [
            key.to_uppercase(),
            format!("{PREFIX}{}", key[PREFIX.len()..].to_uppercase()),
            format!("{key} "),
            format!("{key}_"),
            format!("{key}00"),
            PREFIX.to_owned(),
        ] {
            assert_eq!(claimed_id(&other), Err(Reason::Malformed), "{other}");
        }
    }

    #[test]
    fn a_hash_fits_its_key_and_its_pepper_only() {
        let pepper = |text: &[u8]| Pepper(hmac::Key::new(hmac::HMAC_SHA256, text));
        let (ours, theirs) = (pepper(b"ours"), pepper(b"theirs"));
        let hash = ours.hash("a");
        assert!(ours.fits("a", &hash));
        assert!(!ours.fits("b", &hash) && !theirs.fits("a", &hash));
    }
}
