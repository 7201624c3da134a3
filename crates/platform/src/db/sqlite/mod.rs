//! SQLite: one file beside the service, and one writer at a time.

mod fault;
mod open;
mod place;
mod pool;
mod values;

pub(super) use fault::{columns_of_unique, fault, is_conflict};
pub use open::connect;
pub(super) use open::{file, migrate};
pub(super) use place::is_moved;
pub(super) use pool::Pool;
pub(super) use values::{query, read, read_time};
