//! An issuer for one's own machine: a key under the data directory, and tokens signed with it.
//!
//! The service trusts it like any other issuer, by a key set file, and only in profile dev: there
//! is no second, weaker way in to forget.
//!
//! Controls: AU-05

use std::path::{Path, PathBuf};

use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use secrecy::ExposeSecret;
use serde_json::json;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    auth::permission::{AccessTable, Permissions, Role},
    config::Issuer,
    files::{self, FileError},
};

const ISSUER: &str = "https://issuer.localhost";
const KEY: &str = "token-signing.key";

/// Why the development issuer cannot work. Nothing here holds a library's words: they may carry the key.
#[derive(Debug, thiserror::Error)]
pub enum DevelopmentError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{path}: is not an ECDSA P-256 private key in PEM; remove it, and a new one is made")]
    Key { path: String },
    #[error("cannot make a signing key")]
    Make,
    #[error("cannot sign a token")]
    Sign,
}

/// What a development token says.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    pub subject: String,
    pub roles: Vec<&'static str>,
    /// `None` asks for all that the roles permit.
    pub scope: Option<String>,
    pub lifetime: Duration,
    /// How long ago the subject authenticated.
    pub authentication_age: Duration,
}

/// Signs tokens with the key under a data directory.
pub struct DevelopmentIssuer {
    key: EncodingKey,
    key_id: String,
    key_set: PathBuf,
    audience: &'static str,
    admin_audience: String,
}

impl DevelopmentIssuer {
    /// Opens the key in `directory`, or makes it. The audience of its tokens is the service's name.
    ///
    /// # Errors
    /// When the directory cannot be written or its key is not one.
    pub fn open(directory: &Path, audience: &'static str) -> Result<Self, DevelopmentError> {
        let file = directory.join(KEY);
        if !file.exists() {
            let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256);
            let key = key.map_err(|_| DevelopmentError::Make)?;
            files::write_private(&file, key.serialize_pem().as_bytes())?;
        }
        let pem = files::read_secret(&file)?;
        let unfit = || DevelopmentError::Key {
            path: file.display().to_string(),
        };
        let key = EncodingKey::from_ec_pem(pem.expose_secret()).map_err(|_| unfit())?;
        let mut public = Jwk::from_encoding_key(&key, Algorithm::ES256).map_err(|_| unfit())?;
        let key_id = public.thumbprint(ThumbprintHash::SHA256);
        let key_id = key_id.map_err(|_| unfit())?;
        public.common.key_id = Some(key_id.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        let key_set = directory.join("jwks.json");
        let set = json!(JwkSet { keys: vec![public] });
        files::write_private(&key_set, format!("{set:#}").as_bytes())?;
        Ok(Self {
            key,
            key_id,
            key_set,
            audience,
            admin_audience: format!("{audience}-admin"),
        })
    }

    /// Whether its key is in `directory`.
    #[must_use]
    pub fn is_in(directory: &Path) -> bool {
        directory.join(KEY).exists()
    }

    /// This issuer as an entry of `auth.issuers`.
    #[must_use]
    pub fn settings(&self) -> Issuer {
        Issuer {
            admin_audience: self.admin_audience.clone(),
            ..Issuer::with_file(ISSUER, self.audience, self.key_set.clone())
        }
    }

    /// An access token (RFC 9068) for the public listener, whose table is `access`.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn token(
        &self,
        request: &TokenRequest,
        access: &AccessTable,
        now: OffsetDateTime,
    ) -> Result<String, DevelopmentError> {
        self.sign(self.audience, request, access, now)
    }

    /// The same for the admin listener, with the table of that one.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn admin_token(
        &self,
        request: &TokenRequest,
        access: &AccessTable,
        now: OffsetDateTime,
    ) -> Result<String, DevelopmentError> {
        self.sign(&self.admin_audience, request, access, now)
    }

    fn sign(
        &self,
        audience: &str,
        request: &TokenRequest,
        access: &AccessTable,
        now: OffsetDateTime,
    ) -> Result<String, DevelopmentError> {
        let permitted = request
            .roles
            .iter()
            .filter_map(|name| access.role(name))
            .map(Role::permissions)
            .fold(Permissions::default(), Permissions::union);
        let scope = request.scope.clone().unwrap_or_else(|| {
            let names: Vec<_> = access.names(permitted).collect();
            names.join(" ")
        });
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(self.key_id.clone());
        let claims = json!({
            "iss": ISSUER,
            "aud": audience,
            "sub": request.subject,
            "client_id": "development",
            "jti": Uuid::now_v7(),
            "iat": now.unix_timestamp(),
            "exp": (now + request.lifetime).unix_timestamp(),
            "auth_time": (now - request.authentication_age).unix_timestamp(),
            "roles": request.roles,
            "scope": scope,
        });
        jsonwebtoken::encode(&header, &claims, &self.key).map_err(|_| DevelopmentError::Sign)
    }
}
