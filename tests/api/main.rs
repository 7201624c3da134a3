//! The API as its clients see it: a real service, real TLS, one per test.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test fails by panicking, and some start the program itself"
)]

#[path = "../harness/mod.rs"]
mod harness;

mod commands;
mod configuration;
mod conformance;
mod cost;
mod database;
mod document;
mod durability;
mod egress;
mod files;
mod forger;
mod hostile_json;
mod https_server;
mod invoices;
mod issuer_settings;
mod journal;
mod key_sets;
mod keys;
mod log;
mod matrix;
mod me;
mod other_issuer;
mod provider;
mod public;
mod rate_limits;
mod signals;
mod surface;
mod sweeps;
mod token_attacks;
mod token_reasons;
mod tokens;
