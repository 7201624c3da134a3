//! Settings of authentication: which issuers are trusted, for what, and where their keys are.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Deserializer};

use super::{Weakness, seconds, tls::given};

#[derive(Debug, Clone, Deserialize)]
pub struct Auth {
    #[serde(rename = "leeway_seconds", deserialize_with = "seconds")]
    pub leeway: Duration,
    #[serde(rename = "max_lifetime_seconds", deserialize_with = "seconds")]
    pub max_lifetime: Duration,
    #[serde(rename = "step_up_max_age_seconds", deserialize_with = "seconds")]
    pub step_up_max_age: Duration,
    pub token_cache_entries: usize,
    #[serde(rename = "key_refresh_seconds", deserialize_with = "seconds")]
    pub key_refresh: Duration,
    #[serde(rename = "key_cooldown_seconds", deserialize_with = "seconds")]
    pub key_cooldown: Duration,
    #[serde(rename = "key_max_age_seconds", deserialize_with = "seconds")]
    pub key_max_age: Duration,
    pub issuers: Vec<Issuer>,
    pub api_keys: ApiKeys,
}

/// API keys, which the service itself issues.
#[derive(Debug, Clone, Deserialize)]
pub struct ApiKeys {
    max_days: u32,
    pub per_owner: u32,
    pepper_file: PathBuf,
}

impl ApiKeys {
    /// The longest life of a key.
    #[must_use]
    pub fn max_lifetime(&self) -> time::Duration {
        time::Duration::days(self.max_days.into())
    }

    /// How many days that is.
    pub(super) const fn max_days(&self) -> u32 {
        self.max_days
    }

    /// The file of the pepper, when one is configured.
    #[must_use]
    pub fn pepper_file(&self) -> Option<&Path> {
        given(&self.pepper_file)
    }
}

impl Auth {
    /// What the admin listener believes: the issuers that have an audience there, with that one.
    #[must_use]
    pub fn on_admin(&self) -> Self {
        let issuers = self.issuers.iter().map(|issuer| Issuer {
            audience: issuer.admin_audience.clone(),
            ..issuer.clone()
        });
        Self {
            issuers: issuers.filter(|one| !one.audience.is_empty()).collect(),
            ..self.clone()
        }
    }
}

/// A token issuer that is trusted, and how its tokens are to be read. The keys and their defaults are
/// in the comment of the platform's `config/default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    pub issuer: String,
    pub audience: String,
    #[serde(default)]
    pub admin_audience: String,
    pub algorithms: Vec<SigningAlgorithm>,
    #[serde(default, deserialize_with = "unless_empty")]
    pub discovery: Option<String>,
    #[serde(default, deserialize_with = "unless_empty")]
    pub jwks_url: Option<String>,
    #[serde(default, deserialize_with = "unless_empty")]
    pub jwks_file: Option<PathBuf>,
    #[serde(default = "access_token")]
    pub token_types: Vec<String>,
    #[serde(default = "roles")]
    pub roles_claim: String,
    #[serde(default)]
    pub roles: BTreeMap<String, String>,
    #[serde(default = "scope")]
    pub scope_claim: String,
    #[serde(default)]
    pub ignore_scope: bool,
    #[serde(default = "client_id")]
    pub client_claim: String,
    /// The clients whose tokens are accepted; empty is every client.
    #[serde(default)]
    pub clients: Vec<String>,
    /// The permissions that a client can hold at most.
    #[serde(default)]
    pub client_permissions: BTreeMap<String, Vec<String>>,
    #[serde(default = "token_id")]
    pub token_id_claim: String,
    #[serde(default = "auth_time")]
    pub auth_time_claim: String,
    #[serde(default)]
    pub step_up_acr_values: Vec<String>,
    #[serde(
        rename = "max_lifetime_seconds",
        default,
        deserialize_with = "some_seconds"
    )]
    pub max_lifetime: Option<Duration>,
    #[serde(default)]
    pub allow_rsa_2048: bool,
    #[serde(default, deserialize_with = "unless_empty")]
    pub ca_file: Option<PathBuf>,
    #[serde(default)]
    pub allow_private_network: bool,
    /// Why it is accepted; profile production asks for one for each weak setting.
    #[serde(default)]
    pub reasons: BTreeMap<Weakness, String>,
}

/// An empty text means "not set", as everywhere in the configuration.
fn unless_empty<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: From<String>,
{
    let text = String::deserialize(deserializer)?;
    Ok((!text.is_empty()).then(|| text.into()))
}

/// Where an issuer's keys come from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// An OpenID provider's metadata document, which names the key set.
    Discovery(String),
    Url(String),
    File(PathBuf),
}

impl Issuer {
    /// An issuer of RFC 9068 tokens, with its keys in a file.
    #[must_use]
    pub fn with_file(issuer: &str, audience: &str, jwks_file: PathBuf) -> Self {
        Self {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            admin_audience: String::new(),
            algorithms: vec![SigningAlgorithm::ES256],
            discovery: None,
            jwks_url: None,
            jwks_file: Some(jwks_file),
            token_types: access_token(),
            roles_claim: roles(),
            roles: BTreeMap::new(),
            scope_claim: scope(),
            ignore_scope: false,
            client_claim: client_id(),
            clients: Vec::new(),
            client_permissions: BTreeMap::new(),
            token_id_claim: token_id(),
            auth_time_claim: auth_time(),
            step_up_acr_values: Vec::new(),
            max_lifetime: None,
            allow_rsa_2048: false,
            ca_file: None,
            allow_private_network: false,
            reasons: BTreeMap::new(),
        }
    }

    /// The one source of keys; `None` when there is none, or more than one.
    #[must_use]
    pub fn key_source(&self) -> Option<KeySource> {
        match (&self.discovery, &self.jwks_url, &self.jwks_file) {
            (Some(url), None, None) => Some(KeySource::Discovery(url.clone())),
            (None, Some(url), None) => Some(KeySource::Url(url.clone())),
            (None, None, Some(file)) => Some(KeySource::File(file.clone())),
            _ => None,
        }
    }
}

impl Issuer {
    /// Whether tokens of this client are accepted.
    #[must_use]
    pub fn accepts_client(&self, client: &str) -> bool {
        self.clients.is_empty() || self.clients.iter().any(|one| one == client)
    }

    /// Whether roles are looked for where RFC 9068 has them.
    #[must_use]
    pub fn has_standard_roles(&self) -> bool {
        self.roles_claim == roles()
    }

    /// Whether the types of tokens are those of RFC 9068.
    #[must_use]
    pub fn has_standard_types(&self) -> bool {
        self.token_types == access_token()
    }
}

/// The signature algorithms that may be configured. `none` and HS* cannot be named here (ASVS 9.1.2;
/// RFC 8725 §3.1). RS256 is older than one would like (ASVS 11.4.3), and all that many issuers have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum SigningAlgorithm {
    ES256,
    ES384,
    /// Over Ed25519; RFC 9864 calls it that.
    #[serde(alias = "Ed25519")]
    EdDSA,
    PS256,
    PS384,
    PS512,
    RS256,
}

fn access_token() -> Vec<String> {
    vec!["at+jwt".to_owned()]
}

fn roles() -> String {
    "/roles".to_owned()
}

fn scope() -> String {
    "/scope".to_owned()
}

fn client_id() -> String {
    "/client_id".to_owned()
}

fn auth_time() -> String {
    "/auth_time".to_owned()
}

fn some_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    seconds(deserializer).map(Some)
}

fn token_id() -> String {
    "/jti".to_owned()
}
