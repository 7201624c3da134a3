//! The layer behind authentication: charges the quotas of the caller and of its client, and says in the response what is left.
//!
//! It counts by who the caller is, so that new tokens or new addresses win nothing. The table of quotas
//! is in `quotas.rs`.
//!
//! Controls: RL-02

use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};

use super::{CallerQuotas, Principal, allow, shared::shared};
use crate::audit::{Entry, Event};
use crate::http::{
    audit_trail::aggregator::EventAggregator,
    context::{Caller as _, RequestContext},
    problem::Problem,
    rate_limit::{Exceeded, QuotaUsage},
};

/// Lets a request on whose caller has something left of its quota.
///
/// # Errors
/// As `next` does.
pub async fn caller_quota(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut response = match charge(&request) {
        Ok(()) => next.call(request).await?.map_into_boxed_body(),
        Err(problem) => request.error_response(problem),
    };
    let usage = RequestContext::write(response.request(), |context| context.quota.take());
    if let Some(usage) = usage {
        usage.write(response.headers_mut());
    }
    Ok(response)
}

fn charge(request: &ServiceRequest) -> Result<(), Problem> {
    let caller = allow::principal_of(request.request())?;
    let quotas = shared::<CallerQuotas>(request)?;
    let mut usage: QuotaUsage = quotas.usage(&caller);
    // The caller's first: one who has used it up takes nothing from the others of the client.
    let charged = usage
        .charge()
        .and_then(|()| quotas.charge_credential(&caller));
    RequestContext::write(request.request(), |context| context.quota = Some(usage));
    charged.map_err(|exceeded| refused(request, &caller, exceeded))
}

/// Counts a caller who finds a quota used up.
fn refused(request: &ServiceRequest, caller: &Principal, exceeded: Exceeded) -> Problem {
    if let Ok(aggregator) = shared::<EventAggregator>(request) {
        let event = Entry::new(Event::ExcessRateLimitExceeded);
        let event = event.because(exceeded.policy.reason());
        aggregator.count(event.by(caller.actor()));
    }
    exceeded.into()
}
