//! The API as its clients see it: a real service, real TLS, one per test.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and some start the program itself"
)]

#[path = "../harness/mod.rs"]
mod harness;

mod configuration;
mod conformance;
mod document;
mod invoices;
mod matrix;
mod sweeps;
