//! PostgreSQL: a server beside the service, and many replicas on it.

mod fault;
mod listener;
mod migrate;
mod open;
mod pool;
mod shown;
mod values;

pub(super) use fault::{fault, goes_on, is_conflict};
pub(super) use migrate::{migrate, prepare};
pub(super) use open::{connect, options};
pub(super) use pool::Pool;
pub(super) use values::{query, read, read_shared};
