//! What a request passes on its way through an operation, in the order that `docs/api-design.md`
//! promises.
//!
//! The order is security: nobody learns from a later check what an earlier one hides, and what costs
//! more comes later. Handlers begin where this ends.

use std::panic::{AssertUnwindSafe, resume_unwind};

use actix_web::{Error, FromRequest as _, Handler, HttpRequest, HttpResponse, Responder, web};
use futures_util::FutureExt;
use tracing::Instrument;

use super::operation_guard::OperationGuard;
use crate::audit::Outcome;
use crate::http::{
    audit_trail::request_audit::{AuditSpec, RequestAudit},
    context::{RequestContext, limits::RequestLimits, shared},
    contract::{
        describe::Output,
        rule::{Arguments, Rule},
    },
    problem::Problem,
    rate_limit::Class,
    request::content_negotiation,
};
use crate::spans;

/// Containment, quota, permission, representation, then path, query, headers and body; then the attempt is put on
/// record, the handler does its work, and how that ended is put on record.
pub(crate) async fn run<H, A>(
    operation: AuditSpec,
    class: Class,
    handler: H,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Error>
where
    H: Handler<A>,
    A: Arguments + 'static,
    H::Output: Output,
{
    // Without it nothing is let through. It puts on record what it refuses.
    shared::<dyn OperationGuard>(&request)?.check(&request, operation.action)?;
    let audit = RequestAudit {
        request: request.clone(),
        operation,
    };
    let arguments = inputs::<H, A>(&request, class, payload).await;
    let arguments = arguments.inspect_err(|error| audit.refused(error))?;
    let time = shared::<RequestLimits>(&request)?.request_timeout;
    let late = || Error::from(Problem::Unavailable("the handler took too long".into()));
    // On the heap: the framework moves a request's future from layer to layer, and the handler's is large.
    let work = Box::pin(work(audit, handler, arguments));
    if operation.change.is_none() {
        return tokio::time::timeout(time, work).await.unwrap_or_else(|_| {
            let error = late();
            RequestAudit { request, operation }.refused(&error);
            Err(error)
        });
    }
    // Nobody waits for a change longer than that, but it is not cut off: half of what it does to the
    // database would go on, and how it ended would be on record as a guess.
    let work = actix_web::rt::spawn(spans::inherited(work.in_current_span()));
    match tokio::time::timeout(time, work).await {
        Ok(Ok(worked)) => worked,
        Ok(Err(ended)) => match ended.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(_) => Err(late()),
        },
        Err(_) => Err(late()),
    }
}

/// The stages before the handler: what it is called with, once all of them have let it pass.
async fn inputs<H, A>(
    request: &HttpRequest,
    class: Class,
    payload: web::Payload,
) -> Result<A, Error>
where
    H: Handler<A>,
    A: Arguments,
    H::Output: Output,
{
    let quota = |context: &mut RequestContext| match &mut context.quota {
        Some(quota) => quota.charge_class(class),
        // No caller: the quota of the address has counted this request.
        None => Ok(()),
    };
    RequestContext::write(request, quota).map_err(Problem::from)?;
    let rule = A::Rule::authorize(request)?;
    content_negotiation::check(request, H::Output::PRODUCES, A::CONSUMES)?;
    if !A::READS_QUERY && !request.query_string().is_empty() {
        return Err(Problem::malformed("", "unexpected_query").into());
    }
    let inputs = A::Inputs::from_request(request, &mut payload.into_inner()).await;
    Ok(A::join(rule, inputs.map_err(Into::into)?))
}

/// The handler's own work, with what is on record before and after it.
async fn work<H, A>(audit: RequestAudit, handler: H, arguments: A) -> Result<HttpResponse, Error>
where
    H: Handler<A>,
    A: Arguments,
    H::Output: Output,
{
    let attempt = audit.begin().await?;
    let output = AssertUnwindSafe(async { handler.call(arguments).await });
    match output.catch_unwind().await {
        Ok(output) => {
            let response = output.respond_to(&audit.request).map_into_boxed_body();
            audit.end(attempt, &response);
            Ok(response)
        }
        Err(panic) => {
            if let Some(attempt) = attempt {
                attempt.end(Outcome::Panic);
            }
            resume_unwind(panic)
        }
    }
}
