//! One connection in use, how many there are, and how many may wait for one.
//!
//! Controls: LI-07

use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::{PgConnection, SqliteConnection};

/// A connection in use.
pub enum Connection<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

/// How the work of a transaction ended.
#[derive(Debug)]
pub enum Ended<T> {
    Commit(T),
    RollBack(T),
}

/// How many connections there are, and how many callers want one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionMetrics {
    /// In use.
    pub busy: usize,
    /// Kept for the next use.
    pub idle: usize,
    /// As many as there may be.
    pub most: usize,
    /// Callers that wait for one.
    pub waiting: usize,
}

/// So many callers may wait for each connection. One more would be late in any case, and would be one more
/// task, with its request, for as long as the database is slow: it is refused at once.
const WAIT_FOR_ONE: usize = 32;

/// A caller that waits for a connection, until it is dropped.
pub(super) struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    /// # Errors
    /// When as many wait for these connections as may.
    pub fn queue(number: &'a AtomicUsize, connections: usize) -> Result<Self, sqlx::Error> {
        let before = number.fetch_add(1, Ordering::Relaxed);
        let waiting = Self(number);
        if before < WAIT_FOR_ONE.saturating_mul(connections) {
            Ok(waiting)
        } else {
            Err(sqlx::Error::PoolTimedOut)
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
