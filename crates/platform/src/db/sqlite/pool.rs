//! Connections to the file, as long as the file is where it was.

use std::sync::Arc;

use sqlx::{Connection as _, Sqlite, SqliteConnection, SqlitePool};

use super::{open::prove_writable, place::Place, values::query};
use crate::db::{
    connection::{Connection, ConnectionMetrics, Ended},
    connection_cache::ConnectionCache,
    error::EngineError,
    statement::{Row, Statement},
};

/// The connections of a service.
pub struct Pool {
    connections: Arc<ConnectionCache<Sqlite>>,
    place: Place,
}

impl Pool {
    pub fn new(connections: SqlitePool) -> Self {
        Self {
            place: Place::of(connections.connect_options().get_filename()),
            // Each connection has a thread of its own.
            connections: Arc::new(ConnectionCache::of_all(connections)),
        }
    }

    /// Does `work`, which reads.
    ///
    /// # Errors
    /// When no connection becomes free in time, a new one cannot be made, or `work` fails.
    async fn read<T>(
        &self,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        self.place.check_for_read()?;
        self.run(work).await
    }

    /// Does `work`, which changes rows. What went into a file that is gone is not acknowledged.
    ///
    /// # Errors
    /// As [`Pool::read`]; also when the path of the database leads elsewhere.
    async fn change<T>(
        &self,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        self.place.check()?;
        let done = self.run(work).await?;
        self.place.check().map(|()| done)
    }

    /// Does `work` in a transaction.
    ///
    /// # Errors
    /// As [`Pool::change`].
    pub async fn transaction<T>(
        &self,
        work: impl AsyncFnOnce(&mut Connection<'_>) -> Result<Ended<T>, EngineError>,
    ) -> Result<T, EngineError> {
        self.change(async |connection| {
            let mut transaction = connection.begin().await?;
            match work(&mut Connection::Sqlite(&mut transaction)).await? {
                Ended::Commit(value) => transaction.commit().await.map(|()| value),
                Ended::RollBack(value) => transaction.rollback().await.map(|()| value),
            }
        })
        .await
    }

    /// # Errors
    /// As [`Pool::read`].
    pub async fn fetch_optional(&self, statement: Statement) -> Result<Option<Row>, EngineError> {
        self.read(async |connection| {
            let row = query(statement.sqlite, statement.values)
                .fetch_optional(connection)
                .await?;
            Ok(row.map(Row::Sqlite))
        })
        .await
    }

    /// # Errors
    /// As [`Pool::read`].
    pub async fn fetch_all(&self, statement: Statement) -> Result<Vec<Row>, EngineError> {
        self.read(async |connection| {
            let rows = query(statement.sqlite, statement.values)
                .fetch_all(connection)
                .await?;
            Ok(rows.into_iter().map(Row::Sqlite).collect())
        })
        .await
    }

    /// # Errors
    /// As [`Pool::change`].
    pub async fn execute(&self, statement: Statement) -> Result<u64, EngineError> {
        self.change(async |connection| {
            let done = query(statement.sqlite, statement.values)
                .execute(connection)
                .await?;
            Ok(done.rows_affected())
        })
        .await
    }

    /// # Errors
    /// As [`Pool::change`].
    pub async fn ping(&self) -> Result<(), EngineError> {
        self.change(async |connection| connection.ping().await)
            .await
    }

    /// # Errors
    /// As [`Pool::change`].
    pub async fn prove_writable(&self) -> Result<(), EngineError> {
        self.change(async |connection| prove_writable(connection).await)
            .await
    }

    pub fn metrics(&self) -> ConnectionMetrics {
        self.connections.metrics()
    }

    /// Where no file is, a new connection would make one.
    async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let use_of_one =
            async |connection: &mut SqliteConnection, (): &mut ()| work(connection).await;
        self.connections
            .run(|| self.place.check(), use_of_one)
            .await
    }
}
