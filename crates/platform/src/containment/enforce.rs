//! The step of admission between authentication and the caller's quota (`app/admission.rs`): what is revoked
//! is 401, and a restricted caller meets its restrictions. Those of an operation are met in the operation's own
//! stages, before all others: there the router has found it, and public operations have no other step.
//!
//! The first step stands behind the cache of verified tokens, so a revocation holds for a remembered token too. On a
//! good day each is one load of a flag. When nobody can say any more who is contained, callers change nothing. Of
//! several restrictions the strictest that refuses ends the search; a watch counts all the same.
//!
//! Controls: SE-01, SE-02, SE-03, SE-05

use std::sync::Arc;

use actix_web::{HttpRequest, dev::ServiceResponse, http::Method, web::Data};

use super::{detected, exchange, model::Action, restriction::Restriction, state::Containment};
use crate::{
    audit::{Entry, Event, Reason},
    auth,
    http::{
        audit_trail::{aggregator::EventAggregator, request_audit},
        context::{RequestContext, client_address, shared},
        problem::Problem,
        routing::operation_guard::OperationGuard,
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
    let Some(snapshot) = enforced.containment.current.for_callers() else {
        return Ok(());
    };
    let caller = auth::principal_of(request)?;
    if snapshot.revokes(&caller) {
        let (kind, id) = (
            caller.credential.object_type(),
            caller.credential.id.clone(),
        );
        let counted = Entry::new(Event::AuthnTokenReuse).because(Reason::Revoked);
        put_on_record(request, counted, |entry| entry.on(kind, id));
        let invalid = auth::invalid_token();
        return Err(Problem::Unauthenticated(invalid));
    }
    if !enforced.restrictions {
        return Ok(());
    }
    let address = client_address::required(request)?;
    let restrictions = snapshot.of(&caller, address);
    apply(request, restrictions, &enforced.containment, None)
}

impl OperationGuard for Enforced {
    fn check(&self, request: &HttpRequest, operation: &'static str) -> Result<(), Problem> {
        if !self.restrictions {
            return Ok(());
        }
        let Some(snapshot) = self.containment.current.for_operations() else {
            return Ok(());
        };
        let restrictions = snapshot.of_operation(operation);
        apply(request, restrictions, &self.containment, Some(operation))
    }
}

/// Applies restrictions of the caller, or of this operation.
fn apply(
    request: &HttpRequest,
    mut restrictions: Vec<&Arc<Restriction>>,
    containment: &Containment,
    operation: Option<&'static str>,
) -> Result<(), Problem> {
    let now = containment.clock.now();
    restrictions.retain(|one| now < one.expires_at);
    restrictions.sort_by_key(|one| std::cmp::Reverse(one.action as u8));
    let refused = restrictions
        .iter()
        .find_map(|one| refused(request, one, operation));
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
fn refused(
    request: &HttpRequest,
    one: &Restriction,
    operation: Option<&'static str>,
) -> Option<Problem> {
    one.hit();
    let (event, problem) = match one.action {
        Action::Block => (Event::AuthzFail, Problem::Forbidden(None)),
        Action::ReadOnly if !reads(request) => (Event::AuthzFail, Problem::Forbidden(None)),
        Action::StepUp => {
            let caller = auth::principal_of(request);
            let recent = caller.and_then(|caller| auth::recent(request, &caller));
            (Event::AuthnStepUpRequired, recent.err()?)
        }
        Action::Throttle => (Event::ExcessRateLimitExceeded, one.charge().err()?.into()),
        Action::ReadOnly | Action::Watch => return None,
    };
    let of_operation = |entry: Entry| match operation {
        Some(operation) => entry.action(operation),
        None => entry,
    };
    let counted = of_operation(Entry::new(event).because(Reason::Restricted));
    put_on_record(request, counted, |entry| {
        of_operation(entry).on("restrictions", one.id)
    });
    Some(problem)
}

/// A line for the first few that are counted together of a caller, and a number for the others; where there is no
/// caller, of an address.
fn put_on_record(request: &HttpRequest, counted: Entry, more: impl FnOnce(Entry) -> Entry) {
    let (event, reason) = (counted.event(), counted.reason());
    let actor = |context: &RequestContext| Some(context.caller.as_ref()?.actor());
    let actor = RequestContext::read(request, actor).flatten();
    let counted = match actor.clone() {
        Some(actor) => counted.by(actor),
        None => request_audit::from_bucket(counted, request),
    };
    let aggregator = request.app_data::<Data<EventAggregator>>();
    if aggregator.is_none_or(|aggregator| aggregator.admit_line(counted))
        && let Ok(journal) = request_audit::journal(request)
    {
        let entry = more(request_audit::entry(request, event));
        let entry = reason.into_iter().fold(entry, Entry::because);
        journal.point(actor.into_iter().fold(entry, Entry::by));
    }
}

#[cfg(test)]
mod cost;
