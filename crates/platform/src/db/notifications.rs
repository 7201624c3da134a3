//! What is heard of the other processes on the database.
//!
//! PostgreSQL tells each process of a change as soon as it is committed. SQLite tells nobody, so a process asks;
//! and so it does on PostgreSQL while its listener is away.

use tokio::sync::watch;

use super::{connection::Connection, error::EngineError};

/// All changes that other processes follow.
pub(super) const CHANNEL: &str = "platform_changes";

/// What was heard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heard {
    /// Whether changes are told, so that nobody need ask often.
    pub listening: bool,
    /// Grows with each change, and each time that the listener was away: then everything is to be read anew.
    pub changes: u64,
}

/// Waits for the next change; for ever where nobody tells.
pub async fn changed(heard: &mut watch::Receiver<Heard>) -> Heard {
    if heard.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
    *heard.borrow_and_update()
}

impl Connection<'_> {
    /// Tells the other processes, when this transaction is committed.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn notify(&mut self) -> Result<(), EngineError> {
        if let Self::Postgres(connection) = self {
            sqlx::query("SELECT pg_notify($1, '')")
                .bind(CHANNEL)
                .execute(&mut **connection)
                .await?;
        }
        Ok(())
    }
}
