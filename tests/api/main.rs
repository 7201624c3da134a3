//! The API as its clients see it: a real service, real TLS, one per test.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "../harness/mod.rs"]
mod harness;

mod document;
mod invoices;
mod me;
mod public;
mod sweeps;
mod tokens;
