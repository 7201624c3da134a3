//! Authorization rules: the first argument of every handler.
//!
//! The caller's identity is reachable only through a rule that has been checked, so a handler that
//! forgets the check has no caller to work with, and `http::routing::route` does not accept it.

use std::{any::Any, marker::PhantomData, ops::Deref, sync::Arc};

use actix_web::HttpRequest;
use time::Duration;

use super::{
    challenge,
    permission::{Permission, Requirement, Single},
    principal::Principal,
};
use crate::{
    clock::Clock,
    http::{
        context::{RequestContext, shared},
        contract::{access::Access, rule::Rule},
        problem::Problem,
    },
};

/// The caller has what `R` asks for. Dereferences to the [`Principal`].
#[derive(Debug)]
pub struct Allow<R> {
    principal: Arc<Principal>,
    requirement: PhantomData<R>,
}

/// The caller is authenticated; nothing more is asked.
#[derive(Debug)]
pub struct Authenticated(Arc<Principal>);

/// No credentials are asked for: the operation is public.
#[derive(Debug)]
pub struct Anyone;

/// How long ago a caller may have authenticated where a rule asks for it; application data.
pub struct StepUp {
    pub max_age: Duration,
    /// How far the issuer's clock may be ahead: a login of this moment is none of the future.
    pub leeway: Duration,
    pub clock: Arc<dyn Clock>,
}

impl<R> Deref for Allow<R> {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.principal
    }
}

impl Deref for Authenticated {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.0
    }
}

impl<R: Requirement> Rule for Allow<R> {
    const ACCESS: Access = Access::Permission {
        any_of: R::NAMES,
        recent: R::RECENT,
    };

    fn authorize(request: &HttpRequest) -> Result<Self, Problem> {
        let principal = principal_of(request)?;
        let held = |needed: &Permission| principal.permissions.contains(*needed);
        if !R::ANY_OF.iter().any(held) {
            let challenge = challenge::insufficient_scope(R::NAMES);
            return Err(Problem::Forbidden(Some(challenge)));
        }
        if R::RECENT {
            recent(request, &principal)?;
        }
        Ok(Self {
            principal,
            requirement: PhantomData,
        })
    }
}

impl Rule for Authenticated {
    const ACCESS: Access = Access::Authenticated;

    fn authorize(request: &HttpRequest) -> Result<Self, Problem> {
        principal_of(request).map(Self)
    }
}

impl Rule for Anyone {
    const ACCESS: Access = Access::Anyone;

    fn authorize(_: &HttpRequest) -> Result<Self, Problem> {
        Ok(Self)
    }
}

/// The principal that `authenticate` left.
///
/// # Errors
/// 401 where there is none: a route outside the layer's reach fails closed.
pub fn principal_of(request: &HttpRequest) -> Result<Arc<Principal>, Problem> {
    let caller = RequestContext::read(request, |context| context.caller.clone()).flatten();
    let caller = caller.map(|caller| caller as Arc<dyn Any + Send + Sync>);
    let principal = caller.and_then(|caller| caller.downcast().ok());
    principal.ok_or_else(|| Problem::Unauthenticated(challenge::no_credentials()))
}

/// Refuses a caller who did not authenticate recently and strongly enough. Somebody who can steal a token
/// rarely can authenticate anew (RFC 9470). Somebody who acts for the subject is not the person who
/// authenticated, so a token with `act` is never enough.
///
/// # Errors
/// 401 that says what is asked for.
pub fn recent(request: &HttpRequest, principal: &Principal) -> Result<(), Problem> {
    let step_up = shared::<StepUp>(request)?;
    let now = step_up.clock.now();
    let fresh = |at| at <= now + step_up.leeway && now - at <= step_up.max_age;
    let in_person = principal.credential.acting_party.is_none();
    let strong = principal.lacks_acr.is_none();
    if in_person && strong && principal.authenticated_at.is_some_and(fresh) {
        return Ok(());
    }
    let max_age = step_up.max_age.whole_seconds();
    let challenge = challenge::not_recent(max_age, principal.lacks_acr.as_deref());
    Err(Problem::Unauthenticated(challenge))
}

/// 403 for want of `P`, where a handler decides by what the request changes.
#[must_use]
pub fn forbidden<P: Single>() -> Problem {
    Problem::Forbidden(Some(challenge::insufficient_scope(&[P::PERMISSION.name()])))
}
