//! The one connection to the server, as requests find it: there, or not.

use std::sync::{PoisonError, RwLock};

use redis::aio::MultiplexedConnection;

/// The connection, while there is one, with a number of its own.
#[derive(Default)]
pub(super) struct Link(RwLock<Option<(u64, MultiplexedConnection)>>);

impl Link {
    pub fn current(&self) -> Option<(u64, MultiplexedConnection)> {
        let current = self.0.read().unwrap_or_else(PoisonError::into_inner);
        current.clone()
    }

    pub fn set(&self, connection: Option<(u64, MultiplexedConnection)>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = connection;
    }

    /// Takes the connection of this number out; whether it was there.
    pub fn take_out(&self, number: u64) -> bool {
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_current = current.as_ref().is_some_and(|(one, _)| *one == number);
        if is_current {
            *current = None;
        }
        is_current
    }
}
