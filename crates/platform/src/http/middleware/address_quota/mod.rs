//! The quota of an address: the layer before authentication, so that an attacker without a token is bounded too.
//!
//! Two libraries can hold it, and the feature of the first one's name chooses (`docs/adr/0011-rate-limits.md`):
//! - `actix-governor`, GPL-3.0-or-later, the only such dependency, which only the file of that name uses;
//! - `governor`, MIT, as every other quota.
//!
//! Clients see no difference: the same tests hold both (`crates/fixture/tests/api/rate_limits/address.rs`).
//!
//! Controls: RL-02

#[cfg(feature = "actix-governor")]
mod actix_governor;
#[cfg(not(feature = "actix-governor"))]
mod governor;

#[cfg(feature = "actix-governor")]
pub use actix_governor::AddressLimit;
#[cfg(not(feature = "actix-governor"))]
pub use governor::AddressLimit;
