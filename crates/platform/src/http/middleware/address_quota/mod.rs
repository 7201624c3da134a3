//! The quota of an address: the layer before authentication, so that an attacker without a token is bounded too.
//!
//! With the feature `actix-governor` that library holds it: GPL-3.0-or-later, the only such dependency.
//! Without `actix-governor`, `governor` does, as it holds all other quotas: MIT.
//! Clients see the same with `actix-governor` and without: the same tests hold both (docs/adr/0011).
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
