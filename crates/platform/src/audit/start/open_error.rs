//! Why a service has no journal, each with the way to give it one.
//!
//! A service without a journal does not start: no audit, no change.

use std::io;

use crate::{audit::checkpoint::KeyError, files::FileError};

/// Why there is no journal to write to.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{path}: {source} (set APP_AUDIT__FILE)")]
    File { path: String, source: io::Error },
    #[error(
        "{path}: another process writes this journal (give each its own name, APP_AUDIT__INSTANCE, or \
         its own APP_AUDIT__FILE)"
    )]
    Locked { path: String },
    #[error("{path}: is not a regular file (set APP_AUDIT__FILE)")]
    NotAFile { path: String },
    #[error("{path}: does not begin as a journal does, and is left alone (set APP_AUDIT__FILE)")]
    NotAJournal { path: String },
    #[error("{0} (or set APP_AUDIT__FILE)")]
    NotOurs(#[from] FileError),
    #[error("the key of the checkpoints: {0}")]
    Key(#[from] KeyError),
    #[error("cannot write the first line: {0}")]
    Write(io::Error),
}
