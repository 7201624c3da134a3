//! The directories that the service writes in, made before anything is opened: what the kernel keeps the process to
//! (`cli/sandbox.rs`) must be there.

use std::path::PathBuf;

use super::prepare::StartError;
use crate::{
    config::{AuditSink, Settings},
    db,
    files::{self, Directory},
};

/// The data directory, and those of the journal and of a database file, where they are elsewhere.
///
/// # Errors
/// When one cannot be made, or belongs to another user.
pub fn own_directories(settings: &Settings) -> Result<Vec<PathBuf>, StartError> {
    let data_dir = settings.data_dir.clone();
    Directory::make(&data_dir)?;
    let mut own = vec![data_dir];
    if settings.audit.sink == AuditSink::File {
        let journal = settings.audit.path(&settings.data_dir);
        let journal = files::parent(&journal).to_owned();
        Directory::make(&journal).map_err(|error| StartError::Journal(error.into()))?;
        own.push(journal);
    }
    // One that is not there is said when the database is opened.
    let database = db::file(&settings.database, &settings.data_dir);
    own.extend(
        database
            .ok()
            .flatten()
            .map(|file| files::parent(&file).to_owned()),
    );
    Ok(own)
}
