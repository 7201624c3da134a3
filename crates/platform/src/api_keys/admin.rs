//! The operations of operators: everybody's keys, seen and revoked. Nobody makes a key for somebody else.

use actix_web::web::Data;
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;

use super::{
    body::{self, ApiKeyResponse},
    keys::ApiKeys,
    model::KeyId,
};
use crate::{
    admin::access::{AdminContain, AdminObserve},
    audit::Event,
    auth::{Allow, Identity},
    http::{
        Listed, NoContent, OkJson, Page, Path, Problem, Query, Resource,
        pagination::{self, Cursor, MAX_LIMIT, PageRequest},
    },
};

/// The operations, for the route table of the admin listener.
#[must_use]
pub fn routes() -> Vec<Resource> {
    vec![
        Resource::at("/api-keys").get(
            "api_keys_list",
            "List all API keys, or those of an owner, newest first.",
            list,
        ),
        Resource::at("/api-keys/{id}")
            .recorded_as(Event::AuthnTokenRevoked)
            .get("api_keys_read", "Read an API key.", read)
            .delete(
                "api_keys_delete",
                "Revoke an API key, from the next request on.",
                revoke,
            ),
    ]
}

type Keys = Data<ApiKeys>;

/// Which page of whose keys.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
struct OwnerQuery {
    /// How many at the most.
    #[serde(default, deserialize_with = "pagination::digits")]
    #[validate(range(min = 1, max = MAX_LIMIT))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
    /// Only keys of this subject, with `issuer`.
    #[validate(length(max = 255))]
    #[param(max_length = 255)]
    owner: Option<String>,
    /// The owner's issuer.
    #[validate(length(max = 255))]
    #[param(max_length = 255)]
    issuer: Option<String>,
}

async fn list(
    _: Allow<AdminObserve>,
    Query(query): Query<OwnerQuery>,
    keys: Keys,
) -> Result<Listed<Page<ApiKeyResponse>>, Problem> {
    let missing = |pointer| Err(Problem::unprocessable(pointer, "required_here"));
    let owner = match (query.issuer, query.owner) {
        (Some(issuer), Some(subject)) => Some(Identity {
            issuer: issuer.into(),
            subject: subject.into(),
        }),
        (None, None) => None,
        (None, Some(_)) => return missing("/issuer"),
        (Some(_), None) => return missing("/owner"),
    };
    let page = PageRequest::new(query.limit, query.cursor);
    let found = keys.list(owner.as_ref(), page.below(), page.rows()).await?;
    let filter = owner.as_ref().map(|owner| {
        let Identity { issuer, subject } = owner;
        [("owner", &**subject), ("issuer", &**issuer)]
    });
    Ok(body::answer(
        page,
        found,
        filter.as_ref().map_or(&[], |filter| filter),
    ))
}

async fn read(
    _: Allow<AdminObserve>,
    Path(id): Path<KeyId>,
    keys: Keys,
) -> Result<OkJson<ApiKeyResponse>, Problem> {
    Ok(OkJson(keys.find(None, id).await?.into()))
}

async fn revoke(
    _: Allow<AdminContain>,
    Path(id): Path<KeyId>,
    keys: Keys,
) -> Result<NoContent, Problem> {
    keys.revoke(None, id).await?;
    Ok(NoContent)
}
