//! What must be there before anything listens: the data directory, the schema, certificates and keys.

use std::{io, net::SocketAddr, path::PathBuf};

use crate::{
    audit::OpenError,
    auth::{
        UnknownRole,
        tokens::{
            KeyError,
            development::{DevelopmentError, DevelopmentIssuer},
        },
    },
    clock::Clock,
    config::{Profile, Settings},
    data_dir::DataDir,
    db::{self, Unusable},
    tls::{self, TlsError},
};

/// Why the service did not start; said so that the reader can act on it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot use the data directory {path}: {source} (set APP_DATA_DIR)")]
    DataDir { path: String, source: io::Error },
    #[error(
        "cannot listen on {address}: {source} (is it taken? set APP_PUBLIC__PORT, 0 for a free one)"
    )]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    #[error("token keys: {0}")]
    Keys(#[from] KeyError),
    #[error("audit journal: {0}")]
    Journal(#[from] OpenError),
    #[error("rate limits: {0}")]
    Quotas(#[from] UnknownRole),
    #[error("rate limits: rate_limit.per_address lets nothing through")]
    EmptyQuota,
    #[error("development issuer: {0}")]
    Development(#[from] DevelopmentError),
    #[error(transparent)]
    Store(#[from] Unusable),
}

/// What profile dev made, for whoever greets the user.
pub struct Development {
    pub ca: PathBuf,
    pub issuer: DevelopmentIssuer,
}

/// Brings the database up to date and stops: the command `migrate`.
///
/// # Errors
/// When it cannot be migrated.
pub async fn migrate(settings: &Settings) -> Result<(), StartError> {
    let data_dir = open_data_dir(settings)?;
    let _exclusive = data_dir.lock().map_err(data_dir_error(settings))?;
    Ok(db::migrate(&settings.database, data_dir.path()).await?)
}

/// The development issuer of this data directory: the command `token`.
///
/// # Errors
/// When its key cannot be made or read.
pub fn development_issuer(settings: &Settings) -> Result<DevelopmentIssuer, StartError> {
    let data_dir = open_data_dir(settings)?;
    let _exclusive = data_dir.lock().map_err(data_dir_error(settings))?;
    let directory = settings.development_dir();
    std::fs::create_dir_all(&directory).map_err(data_dir_error(settings))?;
    Ok(DevelopmentIssuer::open(&directory)?)
}

/// What only one process at a time may do in a data directory.
pub(super) async fn prepare(
    settings: &mut Settings,
    data_dir: &DataDir,
    clock: &dyn Clock,
) -> Result<(rustls::ServerConfig, Option<Development>), StartError> {
    let _exclusive = data_dir.lock().map_err(data_dir_error(settings))?;
    db::migrate(&settings.database, data_dir.path()).await?;

    let made = match settings.profile {
        Profile::Production => None,
        Profile::Dev => {
            let directory = settings.development_dir();
            let certificates = tls::development::certificates(&directory, clock.now())?;
            let issuer = DevelopmentIssuer::open(&directory)?;
            settings.auth.issuers.push(issuer.settings());
            Some((certificates, issuer))
        }
    };
    let tls = match (settings.public.tls.files(), &made) {
        (Some((cert, key)), _) => tls::server_config(cert, key)?,
        (None, Some((files, _))) => tls::server_config(&files.cert, &files.key)?,
        // `check.rs` refuses this configuration; an empty path says so again.
        (None, None) => tls::server_config("".as_ref(), "".as_ref())?,
    };
    let development = made.map(|(files, issuer)| Development {
        ca: files.ca,
        issuer,
    });
    Ok((tls, development))
}

pub(super) fn open_data_dir(settings: &Settings) -> Result<DataDir, StartError> {
    DataDir::open(&settings.data_dir).map_err(data_dir_error(settings))
}

pub(super) fn data_dir_error(settings: &Settings) -> impl FnOnce(io::Error) -> StartError + use<> {
    let path = settings.data_dir.display().to_string();
    move |source| StartError::DataDir { path, source }
}
