//! Where an issuer's key set is read from: a file, a URL, or the metadata of an OpenID provider.

use serde_json::Value;

use super::keys::{KeyError, KeySet};
use crate::{
    config::{Issuer, KeySource},
    egress::Client,
    files,
};

/// So much of another issuer's name is shown in the log.
const MAX_SHOWN: usize = 256;

/// The keys of an issuer's file, which must have some from the beginning; `None` for a source far away.
///
/// # Errors
/// When the file cannot be read or trusted, or has no key to use.
fn local(issuer: &Issuer) -> Result<Option<KeySet>, KeyError> {
    let Some(KeySource::File(path)) = issuer.key_source() else {
        return Ok(None);
    };
    let keys = KeySet::read(files::read(&path)?, issuer)?;
    if keys.is_empty() {
        return Err(KeyError::NoUsableKey);
    }
    Ok(Some(keys))
}

/// Whether an issuer could be started with its file, if its keys are in one.
///
/// # Errors
/// When the file cannot be read or trusted, or has no key to use.
pub fn check_key_file(issuer: &Issuer) -> Result<(), KeyError> {
    local(issuer).map(drop)
}

/// Reads one issuer's keys. It blocks.
pub(super) struct Source {
    issuer: Issuer,
    place: KeySource,
    client: Client,
}

impl Source {
    pub(super) fn new(issuer: &Issuer) -> Result<Self, KeyError> {
        Ok(Self {
            place: issuer.key_source().ok_or(KeyError::NoSource)?,
            client: Client::new(issuer.ca_file.as_deref(), issuer.allow_private_network)?,
            issuer: issuer.clone(),
        })
    }

    /// See [`local`].
    pub(super) fn local(&self) -> Result<Option<KeySet>, KeyError> {
        local(&self.issuer)
    }

    /// The key set as it is now; `None` when it is still the one of `known`.
    ///
    /// # Errors
    /// When it cannot be had.
    pub(super) fn read(&self, known: Option<&KeySet>) -> Result<Option<KeySet>, KeyError> {
        let text = match &self.place {
            KeySource::File(path) => files::read(path)?,
            KeySource::Url(url) => self.fetch(url)?,
            KeySource::Discovery(url) => {
                let metadata = self.fetch(url)?;
                self.fetch(&self.key_set_url(&metadata)?)?
            }
        };
        if known.is_some_and(|known| known.is_from(&text)) {
            return Ok(None);
        }
        KeySet::read(text, &self.issuer).map(Some)
    }

    fn fetch(&self, url: &str) -> Result<Vec<u8>, KeyError> {
        self.client
            .json(url)
            .map_err(|source| KeyError::Unreachable {
                // A query may hold a key to the address.
                url: url.split(['?', '#']).next().unwrap_or_default().to_owned(),
                source,
            })
    }

    /// The metadata must say of itself that it is this issuer's, or one provider could hand out
    /// another's keys (RFC 8414 §3.3, mix-up).
    fn key_set_url(&self, metadata: &[u8]) -> Result<String, KeyError> {
        let metadata: Value = serde_json::from_slice(metadata).map_err(|_| KeyError::Metadata)?;
        let member = |name| metadata.get(name).and_then(Value::as_str);
        let issuer = member("issuer").ok_or(KeyError::Metadata)?;
        if issuer != self.issuer.issuer {
            return Err(KeyError::OtherIssuer {
                found: issuer.chars().take(MAX_SHOWN).collect(),
                configured: self.issuer.issuer.clone(),
            });
        }
        member("jwks_uri")
            .filter(|url| url.starts_with("https://") && !url.contains('@'))
            .map(str::to_owned)
            .ok_or(KeyError::Metadata)
    }
}
