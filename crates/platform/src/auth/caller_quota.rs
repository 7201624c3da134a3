//! The last step of admission (`app/admission.rs`): charges the quotas of the caller, of its client and of its
//! API key, and says in the response what is left.
//!
//! It counts by who the caller is, so that new tokens or new addresses win nothing. The table of quotas
//! is in `quotas.rs`. Where quotas are shared, the server of `quota_store` is asked after this replica: one that a
//! single replica refuses already is not worth a round trip.
//!
//! Controls: RL-02

use actix_web::dev::{ServiceRequest, ServiceResponse};
use futures_util::future::LocalBoxFuture;

use super::{CallerQuotas, Principal, allow};
use crate::audit::{Entry, Event};
use crate::http::{
    audit_trail::aggregator::EventAggregator,
    context::{Caller as _, RequestContext, shared},
    problem::Problem,
    rate_limit::{Classes, Exceeded, QuotaUsage},
};
use crate::{config::WhenAway, quota_store::QuotaStore};

/// Writes what is left of the quotas that the request was charged to: the `RateLimit` fields.
pub fn write_quotas<B>(response: &mut ServiceResponse<B>) {
    let usage = RequestContext::write(response.request(), |context| context.quota.take());
    if let Some(usage) = usage {
        usage.write(response.headers_mut());
    }
}

/// What the server of the shared quotas will say.
type Answer<'r> = LocalBoxFuture<'r, Result<(), Problem>>;

/// Charges the request to its caller at this replica. Where quotas are shared, the server has to be waited for, too.
///
/// # Errors
/// 429 when a quota is used up; 500 before authentication.
pub fn charge_quotas(request: &ServiceRequest) -> Result<Option<Answer<'_>>, Problem> {
    let caller = allow::principal_of(request.request())?;
    let quotas = shared::<CallerQuotas>(request.request())?;
    let mut usage: QuotaUsage = quotas.usage(&caller);
    // The caller's first: one who has used it up takes nothing from the others of the client.
    let charged = usage
        .charge()
        .and_then(|()| quotas.charge_credential(&caller));
    RequestContext::write(request.request(), |context| context.quota = Some(usage));
    charged.map_err(|exceeded| refused(request, &caller, exceeded))?;
    let store = quotas.store();
    Ok(store.map(|store| -> Answer<'_> { Box::pin(ask(request, quotas, store)) }))
}

/// Charges the quotas that all replicas share, of a request that this replica's quotas have let through.
async fn ask(
    request: &ServiceRequest,
    quotas: &CallerQuotas,
    store: &QuotaStore,
) -> Result<(), Problem> {
    let caller = allow::principal_of(request.request())?;
    let class = shared::<Classes>(request.request())?.reached_by(request);
    let usage = RequestContext::write(request.request(), |context| context.quota.take());
    let missing = || Problem::Internal("shared quotas before those of the replica".into());
    let mut usage = usage.ok_or_else(missing)?;
    let charged = quotas
        .charge_shared(store, &caller, (&mut usage, class))
        .await;
    RequestContext::write(request.request(), |context| context.quota = Some(usage));
    match charged {
        Ok(charged) => charged.map_err(|exceeded| refused(request, &caller, exceeded)),
        Err(_) if store.when_away == WhenAway::PerReplica => Ok(()),
        Err(away) => Err(Problem::Unavailable(away.into())),
    }
}

/// Counts a caller who finds a quota used up.
fn refused(request: &ServiceRequest, caller: &Principal, exceeded: Exceeded) -> Problem {
    if let Ok(aggregator) = shared::<EventAggregator>(request.request()) {
        let event = Entry::new(Event::ExcessRateLimitExceeded);
        let event = event.because(exceeded.policy.reason());
        aggregator.count(event.by(caller.actor()));
    }
    exceeded.into()
}
