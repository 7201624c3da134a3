//! The signature of a webhook, as the specification Standard Webhooks has it.
//!
//! Without one, anybody who finds the receiver's address can tell operators anything. The timestamp is signed too,
//! so a message that was overheard cannot be sent again next year.

use std::path::{Path, PathBuf};

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, zeroize::Zeroizing};

use crate::files::{self, FileError};

/// What the text of a secret begins with.
const PREFIX: &str = "whsec_";
/// Bytes of a secret.
const LENGTH: std::ops::RangeInclusive<usize> = 24..=64;

/// What sender and receiver share.
pub struct Secret(hmac::Key);

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{}: write {PREFIX} and 24 to 64 random bytes in base64", .0.display())]
    Form(PathBuf),
}

impl Secret {
    /// The secret in this file.
    ///
    /// # Errors
    /// When others may read it, or it does not have the form.
    pub fn read(file: &Path) -> Result<Self, SecretError> {
        let text = files::read_secret_text(file)?;
        Self::parse(text.expose_secret().trim_ascii())
            .ok_or_else(|| SecretError::Form(file.to_owned()))
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?);
        let fits = LENGTH.contains(&bytes.len());
        fits.then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// `webhook-signature` of this message: over its id, the moment in seconds, and its body.
    pub(super) fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut signed = format!("{id}.{timestamp}.").into_bytes();
        signed.extend_from_slice(body);
        let tag = hmac::sign(&self.0, &signed);
        format!("v1,{}", STANDARD.encode(tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn a_signature_is_that_of_the_specification() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signed = secret.sign(id, 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_that_is_short_or_has_another_form_is_none() {
        let of = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
        for bytes in [24, 32, 64] {
            assert!(Secret::parse(&of(bytes)).is_some(), "{bytes}");
        }
        let long = of(32);
        for text in [&of(23), &of(65), "", "whsec_", &long[6..], "whsec_%%%"] {
            assert!(Secret::parse(text).is_none(), "{text}");
        }
    }
}
