//! The operations of owners: one's own keys, made and revoked.
//!
//! Making a key asks for recent authentication: who steals a token must not turn it into a key that outlives
//! it. Revoking asks for nothing more, because an owner in doubt should not hesitate.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};

use super::{
    body::{self, ApiKeyResponse, CreateApiKeyRequest},
    keys::{ApiKeys, Offer},
    model::KeyId,
};
use crate::{
    audit::Event,
    auth::{Allow, Permission, Single},
    clock::Clock,
    containment::Containment,
    http::{
        AuditDetails, Created, Json, Listed, NoContent, OkJson, Page, Path, Problem, Query,
        Resource,
        contract::describe::{Description, Input},
        pagination::PageQuery,
        response::etag::EntityTag,
        routing::route::API_PREFIX,
    },
};

/// Offers keys to callers with the permission `P`, of the service's own table.
#[must_use]
pub fn managed_by<P: Single>() -> Offer {
    Offer {
        manage: P::PERMISSION,
        routes: routes::<P>,
    }
}

fn routes<P: Single>() -> Vec<Resource> {
    vec![
        Resource::at("/api-keys")
            .recorded_as(Event::AuthnTokenCreated)
            .get(
                "api_keys_list",
                "List one's own API keys, newest first.",
                list::<P>,
            )
            .expensive()
            .post(
                "api_keys_create",
                "Make an API key, which is shown this once. An API key cannot make one.",
                create::<P>,
            ),
        Resource::at("/api-keys/{id}")
            .recorded_as(Event::AuthnTokenDelete)
            .get("api_keys_read", "Read an API key of one's own.", read::<P>)
            .delete(
                "api_keys_delete",
                "Revoke an API key of one's own, from the next request on.",
                revoke::<P>,
            ),
    ]
}

type Keys = Data<ApiKeys>;

/// `P`, and recent authentication.
struct Recently<P>(std::marker::PhantomData<P>);

impl<P: Single> Single for Recently<P> {
    const PERMISSION: Permission = P::PERMISSION;
    const RECENT: bool = true;
}

async fn list<P: Single>(
    caller: Allow<P>,
    Query(query): Query<PageQuery>,
    keys: Keys,
) -> Result<Listed<Page<ApiKeyResponse>>, Problem> {
    let page = query.page();
    let owner = Some(&caller.identity);
    let found = keys.list(owner, page.below(), page.rows()).await?;
    Ok(body::answer(page, found, &[]))
}

async fn create<P: Single>(
    caller: Allow<Recently<P>>,
    _: NeverRepeated,
    Json(request): Json<CreateApiKeyRequest>,
    keys: Keys,
    containment: Data<Containment>,
    clock: Data<dyn Clock>,
    audit: AuditDetails,
) -> Result<Created<ApiKeyResponse>, Problem> {
    let new = request.key(&caller, &keys, clock.now())?;
    let text = keys.create(&new, &caller, &containment).await?;
    audit.created(new.id);
    Ok(Created {
        location: format!("{API_PREFIX}/api-keys/{}", new.id),
        tag: EntityTag(1),
        body: ApiKeyResponse::showing(new, text),
    })
}

async fn read<P: Single>(
    caller: Allow<P>,
    Path(id): Path<KeyId>,
    keys: Keys,
) -> Result<OkJson<ApiKeyResponse>, Problem> {
    let key = keys.find(Some(&caller.identity), id).await?;
    Ok(OkJson(key.into()))
}

async fn revoke<P: Single>(
    caller: Allow<P>,
    Path(id): Path<KeyId>,
    keys: Keys,
) -> Result<NoContent, Problem> {
    keys.revoke(Some(&caller.identity), id).await?;
    Ok(NoContent)
}

/// Refuses `Idempotency-Key`. To answer a repeated request, the key would have to be kept; to ignore the
/// field, a client that repeats would have two keys and know of one.
struct NeverRepeated;

impl FromRequest for NeverRepeated {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let asked = request.headers().contains_key("idempotency-key");
        let refused = || Err(Problem::malformed("", "idempotency_key"));
        ready(if asked { refused() } else { Ok(Self) })
    }
}

impl Input for NeverRepeated {
    fn describe(description: &mut Description) {
        description.problems([400]);
    }
}
