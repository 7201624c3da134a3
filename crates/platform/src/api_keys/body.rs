//! What owners and operators send and read: the DTOs of API keys.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use validator::Validate;

use super::{
    keys::ApiKeys,
    model::{ApiKey, KeyEnd, KeyId, KeyName, Networks, PermissionNames},
};
use crate::{
    auth::Principal,
    http::{Listed, Page, pagination::PageRequest, problem::Problem, routing::route::API_PREFIX},
    slice::{Member, SubjectName, Timestamp, rule},
};

/// A key to be made.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateApiKeyRequest {
    #[validate(custom(function = "rule"))]
    #[schema(value_type = KeyName)]
    name: Member<KeyName>,
    /// What the key may do: permissions that the owner has now.
    #[validate(custom(function = "rule"))]
    #[schema(value_type = PermissionNames)]
    permissions: Member<PermissionNames>,
    #[validate(custom(function = "rule"))]
    #[schema(value_type = KeyEnd)]
    expires_at: Member<KeyEnd>,
    /// Networks that it works from, in CIDR notation; left out, it works from everywhere.
    #[validate(custom(function = "rule"))]
    #[schema(value_type = Option<Networks>)]
    networks: Option<Member<Networks>>,
}

/// A key. The hash is not in it, and the key itself once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct ApiKeyResponse {
    id: KeyId,
    #[schema(max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F-\\x9F]+$")]
    issuer: String,
    owner: SubjectName,
    name: KeyName,
    permissions: PermissionNames,
    networks: Networks,
    created_at: Timestamp,
    expires_at: Timestamp,
    /// Up to a few seconds old; null before the first use.
    #[schema(required = true)]
    last_used_at: Option<Timestamp>,
    /// The key, in the answer that creates it and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<ShownOnce>)]
    key: Option<ShownOnce>,
}

/// The text of a key.
#[derive(Serialize, ToSchema)]
#[schema(
    value_type = String,
    max_length = 110,
    pattern = "^hak_[0-9a-f]{32}_[0-9a-f]{64}_[0-9a-f]{8}$"
)]
struct ShownOnce(String);

impl fmt::Debug for ShownOnce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

impl CreateApiKeyRequest {
    /// The key that is asked for, if this caller may have it.
    ///
    /// # Errors
    /// 422 for a name that is no permission or none for a key, and for an end out of bounds; 403 for a
    /// permission that the caller does not have.
    pub fn key(
        self,
        caller: &Principal,
        keys: &ApiKeys,
        now: OffsetDateTime,
    ) -> Result<ApiKey, Problem> {
        let permissions = self.permissions.value()?;
        let mut held = true;
        for (place, name) in permissions.iter().enumerate() {
            let broken = |code| Problem::unprocessable(format!("/permissions/{place}"), code);
            let permission = caller.access.permission(name);
            let permission = permission.ok_or_else(|| broken("unknown_permission"))?;
            if permission.name() == keys.manage().name() {
                return Err(broken("not_for_a_key"));
            }
            held &= caller.permissions.contains(permission);
        }
        let expires_at = self.expires_at.value()?.get();
        if expires_at <= now {
            return Err(Problem::unprocessable("/expires_at", "in_the_past"));
        }
        if expires_at - now > keys.max_lifetime() {
            return Err(Problem::unprocessable("/expires_at", "too_late"));
        }
        if !held {
            return Err(Problem::Forbidden(None));
        }
        let roles: Vec<_> = caller.roles.iter().map(|role| role.name()).collect();
        let networks = self.networks.map(Member::value).transpose()?;
        Ok(ApiKey {
            id: KeyId::at(now),
            owner: caller.identity.clone(),
            name: self.name.value()?,
            permissions,
            roles: roles.join(" "),
            networks: networks.unwrap_or_default(),
            created_at: now,
            expires_at,
            last_used_at: None,
        })
    }
}

impl ApiKeyResponse {
    /// The answer that shows the key.
    pub fn showing(key: ApiKey, text: String) -> Self {
        Self {
            key: Some(ShownOnce(text)),
            ..key.into()
        }
    }
}

impl From<ApiKey> for ApiKeyResponse {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            issuer: key.owner.issuer.to_string(),
            owner: SubjectName(key.owner.subject.to_string()),
            name: key.name,
            permissions: key.permissions,
            networks: key.networks,
            created_at: Timestamp(key.created_at),
            expires_at: Timestamp(key.expires_at),
            last_used_at: key.last_used_at.map(Timestamp),
            key: None,
        }
    }
}

/// The page of these keys.
pub fn answer(
    page: PageRequest,
    mut keys: Vec<ApiKey>,
    filter: &[(&str, &str)],
) -> Listed<Page<ApiKeyResponse>> {
    let next = page.cut(&mut keys, |key| key.id.uuid());
    let items = keys.into_iter().map(Into::into).collect();
    page.answer(items, next, &format!("{API_PREFIX}/api-keys"), filter)
}
