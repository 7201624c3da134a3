//! `GET /v1/me`: what this service makes of the caller's token. The first thing to ask when a
//! request is refused, and it tells nobody anything about anybody else.

use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use crate::{
    auth::{Authenticated, Permission, Role},
    http::{answer::Found, problem::Problem, route::Resource},
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

/// One of the roles that the document knows.
struct RoleName;

/// One of the permissions that the document knows.
struct PermissionName;

impl PartialSchema for RoleName {
    fn schema() -> RefOr<Schema> {
        one_of(Role::ALL.map(Role::name))
    }
}

impl PartialSchema for PermissionName {
    fn schema() -> RefOr<Schema> {
        one_of(Permission::ALL.map(Permission::name))
    }
}

impl ToSchema for RoleName {}
impl ToSchema for PermissionName {}

fn one_of<const N: usize>(names: [&'static str; N]) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names))
        .into()
}

async fn read(caller: Authenticated) -> Result<Found<MeResponse>, Problem> {
    Ok(Found(MeResponse {
        subject: caller.identity.subject.to_string(),
        issuer: caller.identity.issuer.to_string(),
        roles: caller.roles.iter().map(|role| role.name()).collect(),
        permissions: caller.permissions.iter().map(Permission::name).collect(),
    }))
}
