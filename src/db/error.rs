//! What a store can fail with, and which of it will pass.

/// A failure of the database. Its words are for the log.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It does not answer, or not in time: trying again later makes sense.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// It refused a statement: a defect of ours.
    #[error("the database refused a statement")]
    Failed(#[source] sqlx::Error),
    /// A row that breaks a rule of the domain: somebody wrote past this service.
    #[error("a stored row is not valid: {0}")]
    Corrupt(&'static str),
}

/// `SQLITE_BUSY` and `SQLITE_LOCKED`, without their extended parts.
const BUSY: [i32; 2] = [5, 6];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let passing = match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Database(error) => error
                .code()
                .and_then(|code| code.parse::<i32>().ok())
                .is_some_and(|code| BUSY.contains(&(code & 0xFF))),
            _ => false,
        };
        if passing {
            Self::Unavailable(error)
        } else {
            Self::Failed(error)
        }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Failed(sqlx::Error::Migrate(Box::new(error)))
    }
}
