//! Authorization rules: the first argument of every handler.
//!
//! The caller's identity is reachable only through a rule that has been checked, so a handler that
//! forgets the check has no caller to work with, and `http::route` does not accept it.

use std::{
    future::{Ready, ready},
    marker::PhantomData,
    ops::Deref,
    sync::Arc,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web};
use time::Duration;

use super::{
    permission::{Permission, Requirement, Single},
    principal::Principal,
};
use crate::{
    audit::Actor,
    clock::Clock,
    http::{
        contract::{access::Access, rule::Rule},
        problem::{Challenge, Problem},
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

/// How long ago somebody may have authenticated where that is asked for; shared with the rules as application data.
pub struct StepUp {
    pub max_age: Duration,
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

impl<R: Requirement> Allow<R> {
    fn decide(request: &HttpRequest) -> Result<Self, Problem> {
        let principal = principal(request)?;
        let held = |needed: &Permission| principal.permissions.contains(*needed);
        if !R::ANY_OF.iter().any(held) {
            return Err(Problem::Forbidden(Some(insufficient_scope(R::NAMES))));
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

impl<R: Requirement> Rule for Allow<R> {
    const ACCESS: Access = Access::Permission {
        any_of: R::NAMES,
        recent: R::RECENT,
    };

    fn authorize(request: &HttpRequest) -> Result<(), Problem> {
        Self::decide(request).map(drop)
    }

    fn actor(request: &HttpRequest) -> Option<Actor> {
        principal(request)
            .ok()
            .map(|caller| caller.identity.actor())
    }
}

impl<R: Requirement> FromRequest for Allow<R> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::decide(request))
    }
}

impl Rule for Authenticated {
    const ACCESS: Access = Access::Authenticated;

    fn authorize(request: &HttpRequest) -> Result<(), Problem> {
        principal(request).map(drop)
    }

    fn actor(request: &HttpRequest) -> Option<Actor> {
        principal(request)
            .ok()
            .map(|caller| caller.identity.actor())
    }
}

impl FromRequest for Authenticated {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(principal(request).map(Self))
    }
}

impl Rule for Anyone {
    const ACCESS: Access = Access::Anyone;

    fn authorize(_: &HttpRequest) -> Result<(), Problem> {
        Ok(())
    }

    fn actor(_: &HttpRequest) -> Option<Actor> {
        None
    }
}

impl FromRequest for Anyone {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(_: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self))
    }
}

/// The principal that `authenticate` left; a route outside its reach fails closed.
fn principal(request: &HttpRequest) -> Result<Arc<Principal>, Problem> {
    let principal = request.extensions().get::<Arc<Principal>>().cloned();
    principal.ok_or_else(|| Problem::Unauthenticated(no_credentials()))
}

/// Somebody who can steal a token rarely can authenticate anew (RFC 9470).
fn recent(request: &HttpRequest, principal: &Principal) -> Result<(), Problem> {
    let step_up = request
        .app_data::<web::Data<StepUp>>()
        .ok_or_else(|| Problem::Internal("no step-up policy configured".into()))?;
    let now = step_up.clock.now();
    let fresh = |at| at <= now && now - at <= step_up.max_age;
    if principal.lacks_acr.is_none() && principal.authenticated_at.is_some_and(fresh) {
        return Ok(());
    }
    let max_age = step_up.max_age.whole_seconds();
    let acr_values = principal.lacks_acr.as_ref();
    let acr_values = acr_values.map(|values| format!(r#", acr_values="{values}""#));
    let acr_values = acr_values.unwrap_or_default();
    Err(Problem::Unauthenticated(Challenge(format!(
        r#"Bearer realm="api", error="insufficient_user_authentication", max_age={max_age}{acr_values}"#,
    ))))
}

/// RFC 6750 §3: without credentials there is no error to name.
pub(super) fn no_credentials() -> Challenge {
    Challenge(r#"Bearer realm="api""#.to_owned())
}

/// 403 for want of `P`, where a handler decides by what the request changes.
#[must_use]
pub fn forbidden<P: Single>() -> Problem {
    Problem::Forbidden(Some(insufficient_scope(&[P::PERMISSION.name()])))
}

fn insufficient_scope(names: &[&str]) -> Challenge {
    let scope = names.join(" ");
    Challenge(format!(
        r#"Bearer realm="api", error="insufficient_scope", scope="{scope}""#
    ))
}
