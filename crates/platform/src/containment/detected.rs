//! Contains a caller whom a rule has noticed: on record before it is done, and not in the request's way.

use std::sync::Arc;

use actix_web::dev::ServiceResponse;

use super::{detection::Detected, restriction::Restriction, state::Containment};
use crate::{
    audit::{Entry, Event, Journal, Outcome},
    http::{audit_trail::request_audit, context::Caller as _},
};

/// Looks at an answer.
pub(super) fn look_at(response: &ServiceResponse, containment: &Arc<Containment>) {
    let detection = containment.detection.as_ref();
    let detected = detection.and_then(|detection| detection.look_at(response));
    let (Some(detected), Ok(journal)) = (detected, request_audit::journal(response.request()))
    else {
        return;
    };
    let (containment, journal) = (containment.clone(), journal.clone());
    tokio::task::spawn_local(async move {
        place(&detected, &containment, &journal).await;
        if let Some(detection) = &containment.detection {
            detection.is_done();
        }
    });
}

/// Places a restriction, unless the same rule has placed one that holds.
async fn place(detected: &Detected, containment: &Containment, journal: &Journal) {
    let new = &detected.new;
    let same = |one: &Arc<Restriction>| {
        one.author == new.author && one.issuer == new.issuer && one.name == new.name
    };
    if containment.restrictions().iter().any(same) {
        return;
    }
    let entry = Entry::new(Event::ContainApplied).because(detected.reason);
    let attempt = journal.attempt(entry.by(detected.caller.actor())).await;
    // Without a record nobody is contained: the journal's own trouble is on record elsewhere.
    let Ok(attempt) = attempt else { return };
    match containment.restrict(new).await {
        Ok(made) => {
            let attempt = attempt.now(|entry| entry.on("restrictions", made.id));
            attempt.end(Outcome::Success);
        }
        Err(error) => {
            tracing::error!(%error, "a detected caller could not be contained");
            attempt.end(Outcome::Error);
        }
    }
}
