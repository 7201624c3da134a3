//! A real service for a test: its own data directory, its own clock, TLS on a free port.
//!
//! Every response that passes here is held to the contract that all responses keep, so each test also
//! checks headers and problem documents.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "a test fails by panicking, and some start the program itself"
)]

mod api_key;
mod authority;
mod client;
mod clock;
mod connection;
mod database;
#[doc(hidden)]
pub mod elsewhere;
mod forger;
pub mod hello;
pub mod patience;
pub mod plans;
mod process;
mod response;
mod service;
mod settings;
mod signing_key;
pub mod suite;
mod tls;
mod way;

use platform::auth::tokens::development::TokenRequest;
use time::Duration;

pub use api_key::{ApiKey, tomorrow};
pub use authority::Authority;
pub use client::Actor;
pub use clock::ManualClock;
pub use connection::Connection;
pub use database::{Database, RUNTIME_ROLE};
pub use forger::Forger;
pub use process::Process;
pub use response::Response;
pub use service::Service;
pub use settings::{ON_SQLITE, close, settings};
pub use signing_key::{SigningKey, key_set};
pub use tls::server_config;
pub use way::Way;

/// The service that a test binary is about. Each binary has one, and its `harness` names
/// `testkit::Service<Ours>` and `testkit::Process<Ours>` once.
pub trait Tested {
    /// Its program: `env!("CARGO_BIN_EXE_…")`.
    const PROGRAM: &'static str;
    /// Where its evidence is committed, `openapi/openapi.json` and `tests/api/permissions.txt`:
    /// `env!("CARGO_MANIFEST_DIR")`.
    const ROOT: &'static str;
    /// Paths of its own without credentials.
    const PUBLIC: &'static [&'static str] = &[];
    /// Resources of its own without rows of callers, each with the reason.
    const WITHOUT_ROWS: &'static [(&'static str, &'static str)] = &[];

    /// What it serves.
    fn service() -> platform::Service;
}

/// What makes actors.
pub trait Actors {
    /// A subject with these roles and a fresh token.
    fn actor(&self, subject: &str, roles: &[&'static str]) -> Actor;
}

/// The cases of a sweep. A sweep over nothing passes, so there must be so many.
#[track_caller]
pub fn at_least<T>(floor: usize, cases: impl IntoIterator<Item = T>) -> Vec<T> {
    let cases: Vec<T> = cases.into_iter().collect();
    assert!(cases.len() >= floor, "{} of {floor} cases", cases.len());
    cases
}

/// A quarter of an hour, just authenticated, all that the roles permit.
pub fn token_for(subject: &str, roles: &[&'static str]) -> TokenRequest {
    TokenRequest {
        subject: subject.to_owned(),
        roles: roles.to_vec(),
        scope: None,
        lifetime: Duration::minutes(15),
        authentication_age: Duration::ZERO,
    }
}
