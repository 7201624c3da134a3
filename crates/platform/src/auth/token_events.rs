//! What is put on record about access tokens: believed, refused, or impossible to judge.

use std::net::IpAddr;

use actix_web::dev::ServiceRequest;

use super::{Guess, Principal, guesses, tokens::TokenError};
use crate::audit::{Entry, Event, Reason};
use crate::http::{
    audit_trail::{aggregator::EventAggregator, request_audit},
    context::{Caller as _, request_id, shared},
    problem::Problem,
};

/// Puts on record that a token was believed, with its id, by which it can be revoked. A caller may fetch new tokens
/// faster than a journal wants lines, and no quota has counted this request yet: the first few have a line, the
/// others are counted.
pub(super) fn believed(request: &ServiceRequest, principal: &Principal) -> Result<(), Problem> {
    let actor = principal.actor();
    let event = Event::AuthnTokenOk;
    if shared::<EventAggregator>(request.request())?.admit_line(Entry::new(event).by(actor.clone()))
    {
        let entry = request_audit::entry(request.request(), event);
        request_audit::journal(request.request())?.point(
            entry
                .by(actor)
                .on(principal.credential.object_type(), &principal.credential.id),
        );
    }
    Ok(())
}

/// Puts on record, and in the log, why a token was refused; of an address that sends many, the first few.
pub(super) fn refused(
    request: &ServiceRequest,
    address: IpAddr,
    error: &TokenError,
) -> Result<(), Problem> {
    if let TokenError::Signature { issuer, key_id } = error {
        guesses::tell(request, &Guess::SigningKey { issuer, id: key_id });
    }
    let (event, reason) = (Event::AuthnTokenFail, error.reason());
    let counted = Entry::new(event).because(reason).from(address);
    if shared::<EventAggregator>(request.request())?.admit_line(counted) {
        let request = request.request();
        let id = request_id::of(request);
        let reason_code = reason.name();
        tracing::warn!(request.id = %id, reason = reason_code, %error, "access token refused");
        request_audit::journal(request)?
            .point(request_audit::entry(request, event).because(reason));
    }
    Ok(())
}

/// Counts a token whose issuer's keys cannot be had: the issuer's trouble, not this client's, so there is
/// one number for all of them.
pub(super) fn keys_unavailable(request: &ServiceRequest) -> Result<(), Problem> {
    let event = Entry::new(Event::AuthnTokenFail).because(Reason::KeysUnavailable);
    shared::<EventAggregator>(request.request())?.count(event);
    Ok(())
}
