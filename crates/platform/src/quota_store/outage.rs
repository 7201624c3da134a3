//! Why the server is not asked, in words for the log.

use std::io;

use redis::RedisError;

/// What went wrong with the server.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("cannot be reached: {0}")]
    Unreachable(#[from] io::Error),
    #[error("{0}")]
    Refused(#[from] RedisError),
    #[error("does not answer in time")]
    Late,
    #[error("has closed the connection")]
    Closed,
    #[error("has a name that no certificate can have")]
    Name,
    #[error("answers what was not asked")]
    Answer,
}

/// The server is not asked at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the server of the shared quotas does not answer")]
pub struct Away;
