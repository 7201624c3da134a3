//! What must be there before anything listens: the data directory, the schema, certificates and keys.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc};

use super::{Service, check_files, tls_sources};
use crate::{
    alerts::AlertError,
    api_keys::PepperError,
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
    db::{self, StoreError, Unusable},
    files::{Directory, FileError},
    otlp::OtlpError,
    quota_store::QuotaStoreError,
    siem::SiemError,
    tls::{self, TlsError},
};

/// Why the service did not start; said so that the reader can act on it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the data directory: {0} (or set APP_DATA_DIR)")]
    DataDir(#[from] FileError),
    #[error("database.url: {0}")]
    Database(FileError),
    #[error(
        "cannot listen on {address}: {source} (is it taken? set APP_{}__PORT, 0 for a free one)",
        name.to_uppercase()
    )]
    Listen {
        /// Which listener, as in the configuration.
        name: &'static str,
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
    #[error(transparent)]
    SharedQuotas(#[from] QuotaStoreError),
    #[error("rate limits: rate_limit.per_address lets nothing through")]
    EmptyQuota,
    #[error("development issuer: {0}")]
    Development(#[from] DevelopmentError),
    #[error("API keys: {0}")]
    ApiKeys(#[from] PepperError),
    #[error(transparent)]
    Otlp(#[from] OtlpError),
    #[error(transparent)]
    Siem(#[from] SiemError),
    #[error(transparent)]
    Alerts(#[from] AlertError),
    #[error("documents: {0}")]
    Documents(Box<dyn std::error::Error + Send + Sync>),
    #[error("restrictions and revocations: {0}")]
    Containment(#[from] StoreError),
    #[error(transparent)]
    Store(#[from] Unusable),
}

/// What the listeners speak TLS with.
pub(super) struct Tls {
    pub public: tls::Reloader,
    pub admin: tls::Reloader,
    /// What `healthcheck` shows to the admin listener.
    pub probe: tls::Probe,
}

/// What profile dev made, for the greeting.
pub struct Development {
    pub ca: PathBuf,
    pub issuer: DevelopmentIssuer,
}

/// Brings the database up to date and stops: the command `migrate`.
///
/// # Errors
/// When it cannot be migrated.
pub async fn migrate(service: &Service, settings: &Settings) -> Result<(), StartError> {
    let data_dir = DataDir::open(&settings.data_dir)?;
    let _exclusive = data_dir.lock()?;
    check_files::database(settings).map_err(StartError::Database)?;
    Ok(db::migrate(&settings.database, data_dir.path(), service.migrations).await?)
}

/// The development issuer of this data directory: the command `token`.
///
/// # Errors
/// When its key cannot be made or read.
pub fn development_issuer(
    service: &Service,
    settings: &Settings,
) -> Result<DevelopmentIssuer, StartError> {
    let data_dir = DataDir::open(&settings.data_dir)?;
    let _exclusive = data_dir.lock()?;
    let directory = settings.development_dir();
    Directory::make(&directory)?.closed_to_writers()?;
    Ok(DevelopmentIssuer::open(&directory, service.name)?)
}

/// What only one process at a time may do in a data directory.
pub(super) async fn prepare(
    service: &Service,
    settings: &mut Settings,
    data_dir: &DataDir,
    clock: &Arc<dyn Clock>,
) -> Result<(Tls, Option<Development>), StartError> {
    let _exclusive = data_dir.lock()?;
    check_files::database(settings).map_err(StartError::Database)?;
    db::prepare(settings, data_dir.path(), service.migrations).await?;

    let made = match settings.profile {
        Profile::Production => None,
        Profile::Dev => {
            let directory = settings.development_dir();
            let certificates =
                tls::development::certificates(&directory, service.name, clock.now())?;
            let issuer = DevelopmentIssuer::open(&directory, service.name)?;
            settings.auth.issuers.push(issuer.settings());
            Some((certificates, issuer))
        }
    };
    let probe = tls::Probe::make(clock.now())?;
    let made_files = made.as_ref().map(|(files, _)| files);
    let sources = tls_sources::sources(settings, made_files, &probe, clock);
    let tls = Tls {
        public: tls::Reloader::start(sources.public)?,
        admin: tls::Reloader::start(sources.admin)?,
        probe,
    };
    let development = made.map(|(files, issuer)| Development {
        ca: files.ca,
        issuer,
    });
    Ok((tls, development))
}
