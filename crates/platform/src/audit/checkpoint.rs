//! Checkpoints: now and then a line carries a signature over all lines before it.
//!
//! An attacker who can write the file can write a hash chain anew from any line on. A checkpoint that
//! has left the machine holds everything before it in place. An attacker who has the private key can
//! still forge what comes after: `docs/audit.md` says what this does not protect from.

use std::{fs, io, path::Path};

use aws_lc_rs::{
    hkdf, hmac,
    signature::{ED25519, UnparsedPublicKey},
};
use data_encoding::HEXLOWER;
use rcgen::{KeyPair, PKCS_ED25519, PublicKeyData, SigningKey, SubjectPublicKeyInfo};
use secrecy::{ExposeSecret, zeroize::Zeroizing};
use serde::{Deserialize, Serialize};

use super::chain::Hash;
use crate::files::{self, FileError};

/// What a checkpoint's line carries: which key signed, and the signature, both in hexadecimal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Signature {
    pub key: String,
    pub signature: String,
}

/// Why there is no key to work with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{path}: is not an Ed25519 key in PEM")]
    Key { path: String },
    #[error("cannot make a key")]
    Make,
}

impl KeyError {
    fn unfit(path: &Path) -> Self {
        let path = path.display().to_string();
        Self::Key { path }
    }
}

/// What is signed: nothing else has this form, and it leaves nothing open.
fn message(seq: u64, prev_hash: Hash, ts: &str) -> String {
    format!("audit checkpoint\n{seq}\n{prev_hash}\n{ts}\n")
}

/// Signs checkpoints.
pub struct CheckpointKey {
    pair: KeyPair,
    public: PublicKey,
}

impl CheckpointKey {
    /// The key `audit.key` of a data directory. The first start makes it, for its owner only, and
    /// `audit.pub` beside it: the half to take elsewhere.
    ///
    /// # Errors
    /// When it can be neither read nor made.
    pub fn open(directory: &Path) -> Result<Self, KeyError> {
        let file = directory.join("audit.key");
        let there = file.try_exists();
        if !there.map_err(|error| FileError::new(&file, error))? {
            let pair = KeyPair::generate_for(&PKCS_ED25519).map_err(|_| KeyError::Make)?;
            let pem = Zeroizing::new(pair.serialize_pem());
            files::write_private(&file, pem.as_bytes())?;
        }
        let pem = files::read_secret_text(&file)?;
        // The library's words may hold the key.
        let pair = KeyPair::from_pkcs8_pem_and_sign_algo(pem.expose_secret(), &PKCS_ED25519);
        let pair = pair.map_err(|_| KeyError::unfit(&file))?;
        let public = pair.public_key_pem();
        let public_file = directory.join("audit.pub");
        let there = files::read(&public_file);
        if there.is_ok_and(|there| there == public.as_bytes()) {
            return Ok(Self::of(pair));
        }
        files::write_private(&public_file, public.as_bytes())?;
        Ok(Self::of(pair))
    }

    fn of(pair: KeyPair) -> Self {
        let public = PublicKey::of(pair.public_key_raw());
        Self { pair, public }
    }

    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The key for hashes of secrets, derived from the private half (RFC 5869).
    ///
    /// # Errors
    /// When the library refuses the lengths, which are constants.
    pub(super) fn hash_key(&self) -> io::Result<hmac::Key> {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"");
        let secret = salt.extract(&Zeroizing::new(self.pair.serialize_der()));
        let key = secret.expand(&[b"audit keyed hash"], hmac::HMAC_SHA256);
        key.map(hmac::Key::from).map_err(io::Error::other)
    }

    /// The signature of the line `seq` that follows `prev_hash`.
    pub(super) fn sign(&self, seq: u64, prev_hash: Hash, ts: &str) -> io::Result<Signature> {
        let message = message(seq, prev_hash, ts);
        let signature = self.pair.sign(message.as_bytes());
        Ok(Signature {
            key: self.public.id.clone(),
            signature: HEXLOWER.encode(&signature.map_err(io::Error::other)?),
        })
    }
}

/// Verifies checkpoints.
#[derive(Debug, Clone)]
pub struct PublicKey {
    /// The first half of the key's SHA-256, as it stands in the lines.
    pub id: String,
    raw: Vec<u8>,
}

impl PublicKey {
    fn of(raw: &[u8]) -> Self {
        let mut id = Hash::of(raw).to_string();
        id.truncate(32);
        let raw = raw.to_vec();
        Self { id, raw }
    }

    /// Reads a file such as `audit.pub`.
    ///
    /// # Errors
    /// When it is not an Ed25519 public key in PEM.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let pem = fs::read_to_string(path).map_err(|error| FileError::new(path, error))?;
        let key = SubjectPublicKeyInfo::from_pem(&pem);
        let key = key.and_then(|key| {
            let fits = *key.algorithm() == PKCS_ED25519;
            fits.then_some(key)
                .ok_or(rcgen::Error::UnsupportedSignatureAlgorithm)
        });
        let key = key.map_err(|_| KeyError::unfit(path))?;
        Ok(Self::of(key.der_bytes()))
    }

    /// Whether `signature` was made with this key for exactly this place in the chain.
    #[must_use]
    pub fn vouches(&self, signature: &Signature, seq: u64, prev_hash: Hash, ts: &str) -> bool {
        let message = message(seq, prev_hash, ts);
        let signature = HEXLOWER.decode(signature.signature.as_bytes());
        signature.is_ok_and(|signature| {
            UnparsedPublicKey::new(&ED25519, &self.raw)
                .verify(message.as_bytes(), &signature)
                .is_ok()
        })
    }
}
