//! Taking controls out: a control whose absence no test notices is not proven.
//!
//! `docs/controls.toml` says for each control which text takes it out. Nothing in the source can be switched to weak:
//! a weak build is a copy of the tree, with take-outs applied (`docs/adr`, "The weak build is a patch").

mod catalogue;
mod record;
mod tree;
mod weak;

pub use catalogue::{Catalogue, Change, Control, TakeOut};
pub use record::{Proof, Record};
pub use tree::Tree;
pub use weak::{page, succeeds};
