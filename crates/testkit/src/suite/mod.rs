//! The claims that every resource and every operation of a service keep. A service gets a test of each
//! claim by one line: `testkit::suite!(Ours, [orders::sample()]);`.
//!
//! Each claim is a function over a service, and the line makes a test of each, so that the name of what
//! fails says what is broken. The claims read the route table, the OpenAPI document and one [`Sample`] of
//! each resource, and are red until the sample is there.

mod api_keys;
pub mod bodies;
mod claims;
pub mod data;
pub mod database;
pub mod document;
pub mod idempotency;
pub mod limits;
pub mod matrix;
pub mod members;
pub mod ownership;
pub mod pages;
pub mod registry;
mod resource;
mod sample;
pub(crate) mod schema;
pub mod states;
pub mod sweeps;
pub mod versions;

pub use resource::Resource;
pub use sample::{Mover, Sample, States};

use crate::Tested;

/// A service whose resources the suite knows.
pub trait Sampled: Tested {
    /// One sample for each resource with rows.
    fn samples() -> Vec<Sample>;
}

/// Makes a test of each claim about this service, with these samples.
#[macro_export]
macro_rules! suite {
    ($service:ty, [$($sample:expr),* $(,)?]) => {
        impl $crate::suite::Sampled for $service {
            fn samples() -> Vec<$crate::suite::Sample> {
                vec![$($sample),*]
            }
        }
        $crate::claims!($service);
    };
}

/// One module for each topic, one test for each claim.
#[doc(hidden)]
#[macro_export]
macro_rules! each_claim_is_a_test {
    ($service:ty; $($topic:ident { $($claim:ident $(($needs:ident))?)* })*) => {
        mod suite {
            use super::*;
            $(mod $topic {
                use super::*;
                $(#[test]
                fn $claim() {
                    let needs = None$(.or(Some($crate::elsewhere::Needs::$needs)))?;
                    $crate::elsewhere::carry_out($crate::suite::$topic::$claim::<$service>, needs);
                })*
            })*
        }
    };
}
