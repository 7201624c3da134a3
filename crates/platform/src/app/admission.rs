//! Admission: who calls, whether they are contained, and what is left of their quotas. One layer before the
//! router, with three steps in this order.
//!
//! It stands before the router, so that without a token every path, known or not, is the same 401 and
//! nobody maps the API from outside. A step that refuses spares the later ones.
//!
//! Controls: AU-01, SE-01, RL-02

use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};

use crate::{
    auth::{authenticate, charge_quotas, write_quotas},
    containment,
    http::problem::Problem,
};

/// Lets a request on whose caller is known, not stopped by containment, and within its quotas.
///
/// # Errors
/// As `next` does.
pub async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut response = match steps(&request).await {
        Ok(()) => next.call(request).await?.map_into_boxed_body(),
        Err(problem) => request.error_response(problem),
    };
    write_quotas(&mut response);
    containment::observe(&response);
    Ok(response)
}

async fn steps(request: &ServiceRequest) -> Result<(), Problem> {
    // 401, and 429 for an address whose credentials were refused too often.
    authenticate(request).await?;
    // 401 for what is revoked; 403, 401, 429 for what a restricted caller may not do.
    containment::enforce(request.request())?;
    // 429 of the caller, of its client, of its API key.
    match charge_quotas(request)? {
        // The same of all replicas together, where that is configured.
        Some(shared) => shared.await,
        None => Ok(()),
    }
}
