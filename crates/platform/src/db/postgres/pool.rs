//! The library's pool, whose connections stay with the service, and whose rows each of them shows.
//!
//! Until its commit is sent, nothing of a transaction has happened. When its connection breaks before, the work begins
//! again on another one: the server has restarted, or the worker that made the connection has ended.

use std::{
    io::{Error, ErrorKind},
    sync::Arc,
    time::Duration,
};

use sqlx::{Connection as _, PgConnection, PgPool, Postgres};

use super::{migrate::prove_writable, shown::Shown, values::query};
use crate::{
    config::Database,
    db::{
        connection::{Connection, ConnectionMetrics, Ended},
        connection_cache::ConnectionCache,
        error::EngineError,
        scope::Scope,
        statement::{Row, Statement},
    },
};

/// The connections of a service.
pub struct Pool {
    connections: Arc<ConnectionCache<Postgres, Shown>>,
    row_level_security: bool,
    longest_use: Duration,
}

impl Pool {
    pub fn new(connections: PgPool, settings: &Database) -> Self {
        Self {
            connections: Arc::new(ConnectionCache::of_workers(connections)),
            row_level_security: settings.row_level_security,
            // A server that answers has ended a statement, and an idle transaction, before.
            longest_use: settings.statement_timeout + settings.idle_in_transaction_timeout,
        }
    }

    /// Does `work` in a transaction.
    ///
    /// # Errors
    /// When no connection becomes free in time, a new one cannot be made, or `work` fails.
    pub async fn transaction<T>(
        &self,
        scope: Scope<'_>,
        work: impl AsyncFn(&mut Connection<'_>) -> Result<Ended<T>, EngineError>,
    ) -> Result<T, EngineError> {
        self.run(scope, async |connection, commits| {
            let mut transaction = connection.begin().await?;
            match work(&mut Connection::Postgres(&mut transaction)).await {
                Ok(Ended::Commit(value)) => {
                    *commits = true;
                    transaction.commit().await.map(|()| value)
                }
                Ok(Ended::RollBack(value)) => transaction.rollback().await.map(|()| value),
                Err(error) if is_broken(&error) => Err(error),
                Err(error) => transaction.rollback().await.and(Err(error)),
            }
        })
        .await
    }

    /// # Errors
    /// As [`Pool::transaction`].
    pub async fn fetch_optional(
        &self,
        scope: Scope<'_>,
        statement: &Statement,
    ) -> Result<Option<Row>, EngineError> {
        self.run(scope, async |connection, _| {
            let query = query(statement.postgres, &statement.values);
            let row = query.fetch_optional(connection).await?;
            Ok(row.map(Row::Postgres))
        })
        .await
    }

    /// # Errors
    /// As [`Pool::transaction`].
    pub async fn fetch_all(
        &self,
        scope: Scope<'_>,
        statement: &Statement,
    ) -> Result<Vec<Row>, EngineError> {
        self.run(scope, async |connection, _| {
            let query = query(statement.postgres, &statement.values);
            let rows = query.fetch_all(connection).await?;
            Ok(rows.into_iter().map(Row::Postgres).collect())
        })
        .await
    }

    /// Also closes connections that are no longer needed.
    ///
    /// # Errors
    /// As [`Pool::transaction`].
    pub async fn ping(&self) -> Result<(), EngineError> {
        self.connections.close_old().await;
        self.run(Scope::Nobody, async |connection, _| connection.ping().await)
            .await
    }

    /// # Errors
    /// As [`Pool::transaction`].
    pub async fn prove_writable(&self) -> Result<(), EngineError> {
        self.run(Scope::Nobody, async |connection, _| {
            prove_writable(connection).await
        })
        .await
    }

    pub fn metrics(&self) -> ConnectionMetrics {
        self.connections.metrics()
    }

    /// Does `work` on a connection that shows the rows of this scope, and on another one when it breaks: after a restart
    /// of the server every connection that was kept is broken. `work` sets its flag before it commits.
    ///
    /// A machine that fails hangs up on nobody, and the system waits a quarter of an hour for its answer. So a use that
    /// takes too long fails here, and its connection is closed.
    async fn run<T>(
        &self,
        scope: Scope<'_>,
        work: impl AsyncFn(&mut PgConnection, &mut bool) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let mut broken = 0;
        loop {
            let mut commits = false;
            let use_of_one = async |connection: &mut PgConnection, shown: &mut Shown| {
                let whole = async {
                    if self.row_level_security {
                        shown.show(scope, connection).await?;
                    }
                    work(connection, &mut commits).await
                };
                let done = tokio::time::timeout(self.longest_use, whole).await;
                done.unwrap_or_else(|_| Err(Error::from(ErrorKind::TimedOut).into()))
            };
            let done = self.connections.run(|| Ok(()), use_of_one).await;
            match done {
                Err(error) if is_broken(&error) && !commits && broken < self.connections.most() => {
                    broken += 1;
                }
                done => return done,
            }
        }
    }
}

/// Whether the server or the way to it has gone.
fn is_broken(error: &EngineError) -> bool {
    match error {
        // On the next connection it would take as long again.
        EngineError::Io(error) => error.kind() != ErrorKind::TimedOut,
        // What a server says before it hangs up: admin_shutdown, crash_shutdown, idle_session_timeout,
        // idle_in_transaction_session_timeout.
        EngineError::Database(error) => matches!(
            error.code().as_deref(),
            Some("57P01" | "57P02" | "57P05" | "25P03")
        ),
        _ => false,
    }
}
