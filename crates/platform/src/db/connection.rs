//! One connection in use, and how many there are.

use std::sync::atomic::{AtomicU64, Ordering};

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
    pub waiting: u64,
}

/// A caller that waits for a connection, until it is dropped.
pub(super) struct Waiting<'a>(&'a AtomicU64);

impl<'a> Waiting<'a> {
    pub fn count(number: &'a AtomicU64) -> Self {
        number.fetch_add(1, Ordering::Relaxed);
        Self(number)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
