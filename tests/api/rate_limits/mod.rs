//! Quotas (RL-01…RL-06): each is reached, told of and recovered from; and none is evaded.
//!
//! The address's bucket runs on the library's own clock, so its tests choose rates that refill nothing
//! while they run. All the others follow the clock of the test.

mod address;
mod caller;
mod failed_authentication;
mod handshakes;

use crate::harness::Response;

/// Asserts that this quota refused the request.
#[track_caller]
fn refused_by(quota: &str, answer: &Response) {
    assert_eq!(answer.status, 429, "{answer}");
    let slug = format!("/problems/{quota}-quota-exceeded");
    assert_eq!(answer.json()["type"], slug, "{answer}");
}
