//! What operators do about a caller, or an operation: the operations of the admin listener.
//!
//! Changes ask for recent authentication: who steals an operator's token must not be able to lift a
//! restriction. The journal has the attempt before the change, under the change's own event.

use std::{fmt::Display, sync::Arc};

use actix_web::web::Data;

use super::{
    Containment,
    body::{
        CreateRestrictionRequest, CreateRevocationRequest, RestrictionList, RestrictionResponse,
        RevocationResponse,
    },
    operations::Operations,
    restriction::{Restriction, RestrictionId},
    revocation::RevocationId,
};
use crate::{
    admin::access::{AdminContain, AdminObserve},
    audit::Event,
    auth::Allow,
    http::{
        AuditDetails, Created, Json, Listed, NoContent, OkJson, Page, Path, Problem, Query,
        Resource, pagination::PageQuery, response::etag::EntityTag, routing::route::API_PREFIX,
    },
};

/// The operations, for the route table of the admin listener.
#[must_use]
pub fn routes() -> Vec<Resource> {
    vec![
        Resource::at("/restrictions")
            .recorded_as(Event::ContainApplied)
            .get(
                "restrictions_list",
                "List all restrictions with their hits in this process, oldest first.",
                list_restrictions,
            )
            .post(
                "restrictions_create",
                "Restrict a subject, a client, an API key, a network or an operation, from the next request \
                 on.",
                restrict,
            ),
        Resource::at("/restrictions/{id}")
            .recorded_as(Event::ContainRemoved)
            .get("restrictions_read", "Read a restriction.", read_restriction)
            .delete(
                "restrictions_delete",
                "Lift a restriction, from the next request on.",
                lift,
            ),
        Resource::at("/revocations")
            .recorded_as(Event::AuthnTokenRevoked)
            .get(
                "revocations_list",
                "List what is revoked, newest first.",
                list_revocations,
            )
            .post(
                "revocations_create",
                "Revoke a token, or all that was issued to a subject, to a client, by an issuer or with \
                 a signing key, from the next request on.",
                revoke,
            ),
        Resource::at("/revocations/{id}").get(
            "revocations_read",
            "Read a revocation.",
            read_revocation,
        ),
    ]
}

type State = Data<Containment>;

async fn list_restrictions(
    _: Allow<AdminObserve>,
    state: State,
) -> Result<OkJson<RestrictionList>, Problem> {
    let items = state.restrictions();
    let items = items.iter().map(|one| one.as_ref().into()).collect();
    Ok(OkJson(RestrictionList { items }))
}

async fn read_restriction(
    _: Allow<AdminObserve>,
    Path(id): Path<RestrictionId>,
    state: State,
) -> Result<OkJson<RestrictionResponse>, Problem> {
    let restrictions = state.restrictions();
    let found = restrictions.iter().find(|one| one.id == id);
    let found: &Arc<Restriction> = found.ok_or(Problem::NotFound)?;
    Ok(OkJson(found.as_ref().into()))
}

async fn restrict(
    operator: Allow<AdminContain>,
    Json(request): Json<CreateRestrictionRequest>,
    state: State,
    operations: Data<Operations>,
    audit: AuditDetails,
) -> Result<Created<RestrictionResponse>, Problem> {
    let new = request.restriction(&operator.identity, (&state, &operations))?;
    let made = state.restrict(&new).await?;
    audit.created(made.id);
    Ok(created("restrictions", made.id, made.as_ref().into()))
}

async fn lift(
    _: Allow<AdminContain>,
    Path(id): Path<RestrictionId>,
    state: State,
) -> Result<NoContent, Problem> {
    state.lift(id).await?;
    Ok(NoContent)
}

async fn list_revocations(
    _: Allow<AdminObserve>,
    Query(query): Query<PageQuery>,
    state: State,
) -> Result<Listed<Page<RevocationResponse>>, Problem> {
    let page = query.page();
    let mut rows = state.revocations(page.below(), page.rows()).await?;
    let next = page.cut(&mut rows, |row| row.id.uuid());
    let items = rows.into_iter().map(Into::into).collect();
    let path = format!("{API_PREFIX}/revocations");
    Ok(page.answer(items, next, &path, &[]))
}

async fn read_revocation(
    _: Allow<AdminObserve>,
    Path(id): Path<RevocationId>,
    state: State,
) -> Result<OkJson<RevocationResponse>, Problem> {
    let found = state.revocation(id).await?;
    Ok(OkJson(found.into()))
}

async fn revoke(
    operator: Allow<AdminContain>,
    Json(request): Json<CreateRevocationRequest>,
    state: State,
    audit: AuditDetails,
) -> Result<Created<RevocationResponse>, Problem> {
    let new = request.revocation(&operator.identity, &state)?;
    let made = state.revoke(&new).await?;
    audit.created(made.id);
    Ok(created("revocations", made.id, made.into()))
}

/// 201. What was made never changes, so it has one version.
fn created<R>(collection: &str, id: impl Display, body: R) -> Created<R> {
    Created {
        location: format!("{API_PREFIX}/{collection}/{id}"),
        tag: EntityTag(1),
        body,
    }
}
