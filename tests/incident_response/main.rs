//! The drills of `docs/incident-response.md`: its commands, as they stand there, against a running service.
//!
//! A playbook that nobody has tried fails at three in the morning. Each test carries out every command of a
//! drill in the order of the page, and looks after each one at the caller who is contained, at another caller,
//! and at the journal. A command that is edited wrongly, or that no test carries out, is red.
//!
//! The commands need bash and curl. Callers make an API key where a drill is about changes: it is the one
//! change that every service has. A service without API keys changes these tests.
//!
//! Controls: AK-02, DO-04, SE-01, SE-02, SE-03, SE-04, SE-05
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod callers;
mod credentials;
mod drill;
#[path = "../harness/mod.rs"]
mod harness;
mod page;
mod scene;
