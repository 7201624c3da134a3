//! The only source of the wall clock.
//!
//! Expiry, step-up and retention all depend on the time, so every test must be able to choose it:
//! `clippy.toml` bans the library calls everywhere else. A service reads its clock through `monotone.rs`:
//! who sets the machine's clock back brings no expired token to life.

mod monotone;
mod system;

pub use monotone::Monotone;
#[cfg(test)]
pub(crate) use system::Stopwatch;
pub use system::{Clock, SystemClock};
