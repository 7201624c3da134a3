//! The API as its clients see it: a real service, real TLS, one per test.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and some start the program itself"
)]

#[path = "../harness/mod.rs"]
mod harness;

mod configuration;
mod invoices;

testkit::suite!(harness::Ours, [invoices::sample()]);
