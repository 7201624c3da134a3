//! The template that cargo-generate makes a service of. A service made from it does not have these tests.
//!
//! Controls: SU-01
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod names;
#[path = "../documents/tree.rs"]
mod tree;
mod twins;
