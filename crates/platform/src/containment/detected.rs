//! Contains what a rule has noticed: on record before it is done, and not in the request's way.

use std::sync::Arc;

use actix_web::{HttpRequest, dev::ServiceResponse};

use super::{
    detection::{AUTHOR, Detected},
    restriction::Restriction,
    state::Containment,
};
use crate::{
    audit::Outcome,
    auth::{Guess, GuessObserver},
};

/// Restrictions that rules have placed and that hold, at most: the others are for operators. A rule then
/// says what it notices, and restricts nobody.
const MAX_PLACED: usize = 500;

/// Looks at an answer.
pub(super) fn look_at(response: &ServiceResponse, containment: &Arc<Containment>) {
    if let Some(detected) = containment.detection.look_at(response) {
        begin(detected, containment);
    }
}

/// Looks at guesses at keys; application data.
pub struct Guesses(pub Arc<Containment>);

impl GuessObserver for Guesses {
    fn guessed(&self, request: &HttpRequest, guess: &Guess<'_>) {
        if let Some(detected) = self.0.detection.guessed(request, guess) {
            begin(detected, &self.0);
        }
    }
}

fn begin(detected: Detected, containment: &Arc<Containment>) {
    containment.journal.point(detected.event.clone());
    let containment = containment.clone();
    tokio::task::spawn_local(async move {
        let placed = place(&detected, &containment).await;
        containment.detection.finish(&detected, placed);
    });
}

/// Places the restriction, unless the same rule has placed one that holds; whether there is nothing left to
/// be done.
async fn place(detected: &Detected, containment: &Containment) -> bool {
    let Some(new) = &detected.restriction else {
        return true;
    };
    let same = |one: &Arc<Restriction>| {
        one.author == new.author && one.issuer == new.issuer && one.name == new.name
    };
    let held = containment.restrictions();
    let placed = held.iter().filter(|one| *one.author.issuer == *AUTHOR);
    if placed.count() >= MAX_PLACED || held.iter().any(same) {
        return true;
    }
    let attempt = containment.journal.attempt(detected.attempt.clone()).await;
    // Without a record nobody is contained: the journal's own trouble is on record elsewhere.
    let Ok(attempt) = attempt else { return false };
    match containment.restrict(new).await {
        Ok(made) => {
            let attempt = attempt.now(|entry| entry.on("restrictions", made.id));
            attempt.end(Outcome::Success);
            true
        }
        Err(error) => {
            tracing::error!(%error, "a detected caller could not be contained");
            attempt.end(Outcome::Error);
            false
        }
    }
}
