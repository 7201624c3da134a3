//! The audit journal over real files and failing ones: what it promises (LO-01, LO-05, LO-07, LO-08),
//! and what a crash, a full disk and somebody with an editor do to it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking; these start processes of their own"
)]

#[path = "../harness/patience.rs"]
#[expect(dead_code, reason = "the other tests wait for more")]
mod patience;

mod attempts;
mod command;
mod cost;
mod disk;
mod document;
mod failing;
mod fixture;
mod forging;
mod kill;
mod meddling;
mod rotation;
mod start;
mod tampering;
