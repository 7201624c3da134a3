//! What a caller was believed by, and the names by which it can be stopped.
//!
//! An incident names a token, a client or a signing key, and each later request is held against all of
//! them. So the names are made once, when the token is verified: a request compares sixteen bytes and
//! allocates nothing.
//!
//! Controls: SE-01, SE-02

use std::sync::Arc;

use time::OffsetDateTime;

use super::identity::Identity;
use crate::fingerprint::Fingerprint;

/// What a credential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    AccessToken,
    ApiKey,
}

/// What a caller was believed by.
#[derive(Debug, Clone)]
pub struct Credential {
    pub kind: CredentialKind,
    /// The token's id (`jti`), which names the session and not the bytes of a token, which have several
    /// spellings; or the id of the API key.
    pub id: Arc<str>,
    /// The program that the caller uses (`client_id`).
    pub client: Option<Arc<str>>,
    /// Who acts for the subject (`act`, RFC 8693 §4.1). Such a caller is not the person, so it never
    /// counts as recently authenticated.
    pub acting_party: Option<Arc<str>>,
    /// A revocation of everything before a moment compares this.
    pub issued_at: OffsetDateTime,
    pub names: Names,
}

impl Credential {
    /// The id of the API key, if it is one.
    #[must_use]
    pub fn api_key(&self) -> Option<&Arc<str>> {
        (self.kind == CredentialKind::ApiKey).then_some(&self.id)
    }

    /// What an object of this kind is called in the journal.
    #[must_use]
    pub fn object_type(&self) -> &'static str {
        match self.kind {
            CredentialKind::AccessToken => "token",
            CredentialKind::ApiKey => "api_keys",
        }
    }
}

/// The names of a caller that a restriction or a revocation can have.
#[derive(Debug, Clone, Copy)]
pub struct Names {
    pub issuer: Fingerprint,
    /// Also whose quotas the caller's requests use.
    pub subject: Fingerprint,
    pub client: Option<Fingerprint>,
    pub credential: Fingerprint,
    pub signing_key: Option<Fingerprint>,
}

impl Names {
    /// The names of a caller with an access token.
    #[must_use]
    pub fn of_token(identity: &Identity, client: &str, id: &str, key_id: &str) -> Self {
        let issuer = &*identity.issuer;
        Self {
            issuer: self::issuer(issuer),
            subject: subject(issuer, &identity.subject),
            client: Some(self::client(issuer, client)),
            credential: token(issuer, id),
            signing_key: Some(signing_key(issuer, key_id)),
        }
    }
}

impl Names {
    /// The names of a caller with an API key. A key is of no client and signed by nobody.
    #[must_use]
    pub fn of_api_key(owner: &Identity, id: &str) -> Self {
        Self {
            issuer: self::issuer(&owner.issuer),
            subject: subject(&owner.issuer, &owner.subject),
            client: None,
            credential: api_key(id),
            signing_key: None,
        }
    }
}

/// Everything of an issuer.
#[must_use]
pub fn issuer(issuer: &str) -> Fingerprint {
    Fingerprint::of(&["issuer", issuer])
}

/// A subject. Each name has its issuer in it: another issuer may know another "alice".
#[must_use]
pub fn subject(issuer: &str, subject: &str) -> Fingerprint {
    Fingerprint::of(&["subject", issuer, subject])
}

/// A client.
#[must_use]
pub fn client(issuer: &str, client: &str) -> Fingerprint {
    Fingerprint::of(&["client", issuer, client])
}

/// A token, by its id.
#[must_use]
pub fn token(issuer: &str, id: &str) -> Fingerprint {
    Fingerprint::of(&["token", issuer, id])
}

/// A signing key of an issuer.
#[must_use]
pub fn signing_key(issuer: &str, key_id: &str) -> Fingerprint {
    Fingerprint::of(&["signing_key", issuer, key_id])
}

/// An API key, by its id. The service itself issues it.
#[must_use]
pub fn api_key(id: &str) -> Fingerprint {
    Fingerprint::of(&["api_key", id])
}
