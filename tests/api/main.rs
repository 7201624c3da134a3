//! The API as its clients see it: a real service, real TLS, one per test.

#[path = "../harness/mod.rs"]
mod harness;

mod configuration;
mod invoices;

testkit::suite!(harness::Ours, [invoices::sample()]);
