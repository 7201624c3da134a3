//! Containment: operators stop one caller, or close one operation, and the service goes on for all others.
//!
//! Sessions are presumed to be stolen one day. Then an operator needs more than "stop the service": a
//! **revocation** ends tokens that were issued already, a **restriction** narrows what one caller may still
//! do, or what is left of one operation, and both hold with the next request, for remembered tokens too.
//!
//! `revocation` and `restriction` say what there is; `snapshot` is what requests read, `current` the one that holds,
//! `enforce` reads it; `operations` are those that can be named;
//! `state` changes it and follows the changes of other processes, by `store`; `http` is for operators;
//! `detection` has the rules that notice a caller before an operator does, and `detected` acts on them; `exposed`
//! revokes what came in the clear.
//!
//! Controls: SE-01, SE-02, SE-03, SE-05

mod body;
mod current;
mod detected;
mod detection;
mod enforce;
mod exchange;
mod exposed;
mod figures;
mod follow;
mod http;
mod model;
mod networks;
mod operations;
mod restriction;
mod revocation;
mod snapshot;
mod state;
mod store;

pub use detected::Guesses;
pub use enforce::{Enforced, enforce, observe};
pub use http::routes;
pub use model::{Action, NewRestriction, NewRevocation, RestrictionTarget, RevocationTarget};
pub use operations::Operations;
pub use restriction::Restriction;
pub use revocation::Revocation;
pub use state::Containment;
pub use store::is_at;
