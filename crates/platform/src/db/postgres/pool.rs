//! The library's pool, and the transaction that says whose rows a statement may see.
//!
//! `BEGIN` and the owner's name travel together, so row-level security costs a read one more round trip and a
//! change of one row two. The end of a reading transaction is sent after the answer, when the connection
//! goes back.

use std::{
    borrow::Cow,
    sync::atomic::{AtomicU64, Ordering},
};

use data_encoding::HEXLOWER;
use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection, PgPool, Postgres, Transaction,
    pool::PoolConnection,
};

use super::{migrate::prove_writable, values::query};
use crate::db::{
    connection::{Connection, ConnectionMetrics, Ended, Waiting},
    error::EngineError,
    scope::Scope,
    statement::{Row, Statement},
};

/// The connections of a service.
pub struct Pool {
    connections: PgPool,
    row_level_security: bool,
    waiting: AtomicU64,
}

impl Pool {
    pub fn new(connections: PgPool, row_level_security: bool) -> Self {
        Self {
            connections,
            row_level_security,
            waiting: AtomicU64::default(),
        }
    }

    /// Does `work` in a transaction. Until the commit is sent nothing has happened, so a connection that breaks
    /// before is replaced, once: the server has restarted, or the worker that made the connection has ended.
    ///
    /// # Errors
    /// When no connection becomes free in time, a new one cannot be made, or `work` fails.
    pub async fn transaction<T>(
        &self,
        scope: Scope<'_>,
        work: impl AsyncFn(&mut Connection<'_>) -> Result<Ended<T>, EngineError>,
    ) -> Result<T, EngineError> {
        let mut transaction = self.begin(scope).await?;
        let ended = match work(&mut Connection::Postgres(&mut transaction)).await {
            Err(error) if is_broken(&error) => {
                transaction = self.begin(scope).await?;
                work(&mut Connection::Postgres(&mut transaction)).await
            }
            ended => ended,
        };
        match ended? {
            Ended::Commit(value) => transaction.commit().await.map(|()| value),
            // The end is sent when the connection goes back.
            Ended::RollBack(value) => Ok(value),
        }
    }

    /// # Errors
    /// As [`Pool::transaction`].
    pub async fn fetch_optional(
        &self,
        scope: Scope<'_>,
        statement: &Statement,
    ) -> Result<Option<Row>, EngineError> {
        let row = self.read(scope, async |connection| {
            query(statement.postgres, &statement.values)
                .fetch_optional(connection)
                .await
        });
        Ok(row.await?.map(Row::Postgres))
    }

    /// # Errors
    /// As [`Pool::transaction`].
    pub async fn fetch_all(
        &self,
        scope: Scope<'_>,
        statement: &Statement,
    ) -> Result<Vec<Row>, EngineError> {
        let rows = self.read(scope, async |connection| {
            query(statement.postgres, &statement.values)
                .fetch_all(connection)
                .await
        });
        Ok(rows.await?.into_iter().map(Row::Postgres).collect())
    }

    /// # Errors
    /// As [`Pool::transaction`].
    pub async fn ping(&self) -> Result<(), EngineError> {
        self.read(Scope::Nobody, async |connection| connection.ping().await)
            .await
    }

    /// # Errors
    /// As [`Pool::transaction`].
    pub async fn prove_writable(&self) -> Result<(), EngineError> {
        self.read(Scope::Nobody, async |connection| {
            prove_writable(connection).await
        })
        .await
    }

    pub fn metrics(&self) -> ConnectionMetrics {
        let size = usize::try_from(self.connections.size()).unwrap_or(usize::MAX);
        let idle = self.connections.num_idle();
        ConnectionMetrics {
            busy: size.saturating_sub(idle),
            idle,
            most: usize::try_from(self.most()).unwrap_or(usize::MAX),
            waiting: self.waiting.load(Ordering::Relaxed),
        }
    }

    /// A read changes nothing, so it is tried again on another connection when one is broken.
    async fn read<T>(
        &self,
        scope: Scope<'_>,
        work: impl AsyncFn(&mut PgConnection) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let mut attempt = 0;
        loop {
            let done = if self.is_open_to(scope) {
                let mut connection = self.acquire().await?;
                work(&mut connection).await
            } else {
                let mut transaction = self.begin(scope).await?;
                work(&mut transaction).await
            };
            match done {
                Err(error) if is_broken(&error) && attempt < self.most() => attempt += 1,
                done => return done,
            }
        }
    }

    /// A transaction in a scope. Nothing was done when the connection breaks with its first statement, so
    /// another one is tried: after a restart of the server every pooled connection is broken.
    async fn begin(&self, scope: Scope<'_>) -> Result<Transaction<'static, Postgres>, EngineError> {
        let text = if self.is_open_to(scope) {
            Cow::Borrowed("BEGIN")
        } else {
            begin(scope)
        };
        let mut attempt = 0;
        loop {
            let _waiting = self.waiting()?;
            let text = AssertSqlSafe(text.clone().into_owned());
            match self.connections.begin_with(text).await {
                Err(error) if is_broken(&error) && attempt < self.most() => attempt += 1,
                begun => return begun,
            }
        }
    }

    /// Whether the scope needs no transaction.
    fn is_open_to(&self, scope: Scope<'_>) -> bool {
        !self.row_level_security || scope == Scope::Nobody
    }

    async fn acquire(&self) -> Result<PoolConnection<Postgres>, EngineError> {
        let _waiting = self.waiting()?;
        self.connections.acquire().await
    }

    fn most(&self) -> u32 {
        self.connections.options().get_max_connections()
    }

    /// Counts a caller, if all connections are in use.
    fn waiting(&self) -> Result<Option<Waiting<'_>>, EngineError> {
        let full = self.connections.num_idle() == 0 && self.connections.size() >= self.most();
        full.then(|| Waiting::queue(&self.waiting, self.most()))
            .transpose()
    }
}

/// Begins a transaction that sees the rows of this scope. The server decodes the owner's name from hexadecimal
/// digits, so nothing in it is read as SQL: a statement that begins a transaction takes no values.
fn begin(scope: Scope<'_>) -> Cow<'static, str> {
    match scope {
        Scope::Nobody => "BEGIN".into(),
        Scope::Everyone => "BEGIN; SELECT set_config('app.scope', 'everyone', true)".into(),
        Scope::Owner { issuer, subject } => {
            let [issuer, subject] = [issuer, subject].map(|text| HEXLOWER.encode(text.as_bytes()));
            format!(
                "BEGIN; SELECT set_config('app.scope', 'owner', true), \
                 set_config('app.owner_issuer', convert_from('\\x{issuer}', 'UTF8'), true), \
                 set_config('app.owner', convert_from('\\x{subject}', 'UTF8'), true)"
            )
            .into()
        }
    }
}

/// Whether the server or the way to it has gone.
fn is_broken(error: &EngineError) -> bool {
    match error {
        EngineError::Io(_) => true,
        // admin_shutdown, crash_shutdown: what a server says before it hangs up.
        EngineError::Database(error) => matches!(error.code().as_deref(), Some("57P01" | "57P02")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_with_quotes_in_its_name_is_digits_in_the_statement() {
        let owner = Scope::Owner {
            issuer: "https://id.example",
            subject: "x', true); DROP TABLE orders; --\\",
        };
        let text = begin(owner);
        assert!(text.contains("'\\x78272c20747275652"), "{text}");
        assert!(!text.contains("DROP") && !text.contains("--"), "{text}");
    }
}
