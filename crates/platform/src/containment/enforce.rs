//! The step of admission between authentication and the caller's quota (`app/admission.rs`): what is revoked
//! is 401, and a restricted caller meets its restrictions.
//!
//! It stands behind the cache of verified tokens, so a revocation holds for a remembered token too. On a
//! good day it is one load of a flag. When nobody can say any more who is contained, callers change nothing. Of
//! several restrictions the strictest refuses; all of them count.
//!
//! Controls: SE-01, SE-02, SE-03, SE-05

use std::sync::Arc;

use actix_web::{HttpRequest, dev::ServiceResponse, http::Method, web::Data};

use super::{detected, exchange, model::Action, restriction::Restriction, state::Containment};
use crate::{
    audit::{Entry, Event, Reason},
    auth::{self, Principal},
    http::{
        audit_trail::{aggregator::EventAggregator, request_audit},
        context::{Caller as _, RequestContext, client_address, shared},
        problem::Problem,
    },
};

/// What a listener enforces; application data.
pub struct Enforced {
    containment: Arc<Containment>,
    /// Whether restrictions hold too.
    restrictions: bool,
}

impl Enforced {
    /// Revocations and restrictions: for the listener of callers.
    #[must_use]
    pub fn all(containment: Arc<Containment>) -> Self {
        Self {
            containment,
            restrictions: true,
        }
    }

    /// Revocations only: for the listener of operators. An operator who has blocked the network of the
    /// office must be able to lift that again.
    #[must_use]
    pub fn revocations(containment: Arc<Containment>) -> Self {
        Self {
            containment,
            restrictions: false,
        }
    }
}

/// Stops a request whose credential is revoked, and one that a restriction refuses.
///
/// # Errors
/// 401 for a revoked credential; 403, 401 or 429 for what a restricted caller may not do; 503 for a change of a
/// caller while what holds is out of date; 500 before authentication.
pub fn enforce(request: &HttpRequest) -> Result<(), Problem> {
    let enforced = shared::<Enforced>(request)?;
    // Operators go on: they must be able to contain somebody as soon as the database can be used.
    if enforced.restrictions && !reads(request) && enforced.containment.is_out_of_date() {
        return Err(Problem::Unavailable(
            "what is revoked is out of date".into(),
        ));
    }
    // Nobody is restricted and nothing is revoked.
    let Some(snapshot) = enforced.containment.enforced() else {
        return Ok(());
    };
    let caller = auth::principal_of(request)?;
    if snapshot.revokes(&caller) {
        let (kind, id) = (
            caller.credential.object_type(),
            caller.credential.id.clone(),
        );
        let event = (Event::AuthnTokenReuse, Reason::Revoked);
        put_on_record(request, &caller, event, |entry| entry.on(kind, id));
        let invalid = auth::invalid_token();
        return Err(Problem::Unauthenticated(invalid));
    }
    if !enforced.restrictions {
        return Ok(());
    }
    let address = client_address::required(request)?;
    let now = enforced.containment.clock.now();
    let mut restrictions = snapshot.of(&caller, address);
    restrictions.retain(|one| now < one.expires_at);
    restrictions.sort_by_key(|one| std::cmp::Reverse(one.action as u8));
    let refused = restrictions
        .iter()
        .find_map(|one| refused(request, &caller, one));
    if let Some(watch) = restrictions.iter().find(|one| one.action == Action::Watch) {
        RequestContext::write(request, |context| context.watched = true);
        // The search for a refusal ended before it.
        if refused.is_some() {
            watch.hit();
        }
    }
    refused.map_or(Ok(()), Err)
}

/// Looks at an answer: a caller who probes is noticed, and what a watched caller does goes on record.
pub fn observe(response: &ServiceResponse) {
    let request = response.request();
    let enforced = request.app_data::<Data<Enforced>>();
    // Operators are not looked at.
    if let Some(enforced) = enforced.filter(|enforced| enforced.restrictions) {
        detected::look_at(response, &enforced.containment);
    }
    if RequestContext::read(request, |context| context.watched) == Some(true)
        && let Ok(caller) = auth::principal_of(request)
    {
        exchange::record(response, &caller);
    }
}

fn reads(request: &HttpRequest) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}

/// Applies one restriction; the problem that it refuses the request with.
fn refused(request: &HttpRequest, caller: &Principal, one: &Restriction) -> Option<Problem> {
    one.hit();
    let (event, problem) = match one.action {
        Action::Block => (Event::AuthzFail, Problem::Forbidden(None)),
        Action::ReadOnly if !reads(request) => (Event::AuthzFail, Problem::Forbidden(None)),
        Action::StepUp => (
            Event::AuthnStepUpRequired,
            auth::recent(request, caller).err()?,
        ),
        Action::Throttle => (Event::ExcessRateLimitExceeded, one.charge().err()?.into()),
        Action::ReadOnly | Action::Watch => return None,
    };
    let event = (event, Reason::Restricted);
    put_on_record(request, caller, event, |entry| {
        entry.on("restrictions", one.id)
    });
    Some(problem)
}

/// A line for the first few of a caller, and a number for the others.
fn put_on_record(
    request: &HttpRequest,
    caller: &Principal,
    (event, reason): (Event, Reason),
    more: impl FnOnce(Entry) -> Entry,
) {
    let counted = Entry::new(event).because(reason).by(caller.actor());
    let aggregator = request.app_data::<Data<EventAggregator>>();
    if aggregator.is_none_or(|aggregator| aggregator.admit_line(counted))
        && let Ok(journal) = request_audit::journal(request)
    {
        let entry = request_audit::entry(request, event).because(reason);
        journal.point(more(entry.by(caller.actor())));
    }
}

#[cfg(test)]
mod cost;
