//! `GET /v1/me`: what this service makes of the caller's token. Ask this first when a
//! request is refused. The answer says nothing about other callers.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    auth::Authenticated,
    http::{problem::Problem, response::answer::OkJson, routing::route::Resource},
};

/// The operations on the caller itself.
#[must_use]
pub fn routes() -> Vec<Resource> {
    vec![Resource::at("/me").get("me_read", "Read what the caller is and may do.", read)]
}

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Me)]
pub struct MeResponse {
    #[schema(max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F-\\x9F]+$")]
    subject: String,
    #[schema(max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F-\\x9F]+$")]
    issuer: String,
    /// The token's roles that this service knows.
    #[schema(max_items = 16, value_type = Vec<RoleName>)]
    roles: Vec<&'static str>,
    /// What the roles permit and the token's scope leaves.
    #[schema(max_items = 64, value_type = Vec<PermissionName>)]
    permissions: Vec<&'static str>,
}

/// The name of a role.
#[derive(ToSchema)]
#[schema(max_length = 64, pattern = "^[a-z_]+$")]
struct RoleName(#[expect(dead_code, reason = "a schema only")] String);

/// The name of a permission.
#[derive(ToSchema)]
#[schema(max_length = 64, pattern = "^[a-z_]+:[a-z_]+$")]
struct PermissionName(#[expect(dead_code, reason = "a schema only")] String);

async fn read(caller: Authenticated) -> Result<OkJson<MeResponse>, Problem> {
    Ok(OkJson(MeResponse {
        subject: caller.identity.subject.to_string(),
        issuer: caller.identity.issuer.to_string(),
        roles: caller.roles.iter().map(|role| role.name()).collect(),
        permissions: caller.access.names(caller.permissions).collect(),
    }))
}
