//! The template that cargo-generate makes a service of. A service made from it does not have these tests.
//!
//! Controls: SU-01
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and one starts a script"
)]

mod limiter;
mod names;
mod new_resource;
mod record;
#[path = "../documents/tree.rs"]
mod tree;
mod twins;
