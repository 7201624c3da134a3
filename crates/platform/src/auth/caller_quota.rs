//! The last step of admission (`app/admission.rs`): charges the quotas of the caller, of its client and of its
//! API key, and says in the response what is left.
//!
//! It counts by who the caller is, so that new tokens or new addresses win nothing. The table of quotas
//! is in `quotas.rs`.
//!
//! Controls: RL-02

use actix_web::dev::{ServiceRequest, ServiceResponse};

use super::{CallerQuotas, Principal, allow, shared::shared};
use crate::audit::{Entry, Event};
use crate::http::{
    audit_trail::aggregator::EventAggregator,
    context::{Caller as _, RequestContext},
    problem::Problem,
    rate_limit::{Exceeded, QuotaUsage},
};

/// Writes what is left of the quotas that the request was charged to: the `RateLimit` fields.
pub fn write_quotas<B>(response: &mut ServiceResponse<B>) {
    let usage = RequestContext::write(response.request(), |context| context.quota.take());
    if let Some(usage) = usage {
        usage.write(response.headers_mut());
    }
}

/// Charges the request to its caller.
///
/// # Errors
/// 429 when a quota is used up; 500 before authentication.
pub fn charge_quotas(request: &ServiceRequest) -> Result<(), Problem> {
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
