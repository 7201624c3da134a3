//! The composition root: every part is made and connected here, and nowhere else.
//!
//! Read [`Application::build`] for what starts in which order, and `layers.rs` for what a
//! request passes on its way to a handler.

mod check_files;
mod core;
mod housekeeping;
mod layers;
mod prepare;
mod rate_limits;
mod service;
mod shared;
mod signals;

use std::{
    future::pending,
    io,
    net::{SocketAddr, TcpListener},
    pin::pin,
    sync::Arc,
};

use actix_server::{Server, ServerBuilder, ServerHandle};
use futures_util::future::{Either, select};

use self::core::Core;
use crate::{
    audit::{Entry, Event, Journal, Reason},
    clock::Clock,
    config::{self, Settings},
    containment::Containment,
    data_dir::DataDir,
    db,
    http::listener::server,
    tls,
};
pub use check_files::check_files;
use housekeeping::Housekeeping;
use prepare::prepare;
pub use prepare::{Development, StartError, development_issuer, migrate};
pub use service::{Example, Service, Slice};
pub use shared::Shared;
use signals::StopSignals;
pub use signals::outlive_hangups;

/// What is there before the first line of the journal.
struct Opened {
    data_dir: DataDir,
    tls: tls::Server,
    development: Option<Development>,
    journal: Journal,
}

/// The service, ready to run.
pub struct Application {
    server: Server,
    public: SocketAddr,
    development: Option<Development>,
    housekeeping: Housekeeping,
}

impl Application {
    /// Prepares the data directory, opens the database and binds the listener.
    ///
    /// # Errors
    /// Whatever is missing, with its fix.
    pub async fn build(
        service: &Service,
        mut settings: Settings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let data_dir = DataDir::open(&settings.data_dir)?;
        let (tls, development) = prepare(service, &mut settings, &data_dir, &*clock).await?;

        let journal = {
            // Its key is made once.
            let _exclusive = data_dir.lock()?;
            Journal::open(&settings.audit, data_dir.path(), clock.clone())?
        };
        started(&journal, &settings, service.version);
        let opened = Opened {
            data_dir,
            tls,
            development,
            journal: journal.clone(),
        };
        let built = Self::around(service, opened, settings, clock).await;
        if built.is_err() {
            // A journal that is left open looks like one that was tampered with.
            let failed = Entry::new(Event::SysShutdown).because(Reason::StartFailed);
            journal.point(failed);
            journal.close().await;
        }
        built
    }

    /// The rest of the service, whose journal is open.
    async fn around(
        service: &Service,
        opened: Opened,
        settings: Settings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let pool = db::connect(&settings.database, opened.data_dir.path()).await?;
        let connections = db::Connections::new(pool);
        let journal = opened.journal;
        let auth = &settings.auth;
        let containment =
            Containment::open(&connections, auth, journal.clone(), clock.clone()).await?;
        let core = Core::new(service, &settings, clock, journal)?;
        let parts = core.public(core.shared(&connections, containment)?);

        let address = SocketAddr::new(settings.public.bind, settings.public.port);
        let listen_error = |source| StartError::Listen { address, source };
        let socket = TcpListener::bind(address).map_err(listen_error)?;
        let public = socket.local_addr().map_err(listen_error)?;
        let certificate = opened.tls.certificate.clone();
        let listener = core.listener(opened.tls);
        let application = move || layers::application(parts.clone());
        let server = server::listen(
            workers(&settings.public),
            "public",
            socket,
            listener,
            application,
        )
        .map_err(listen_error)?;

        opened.data_dir.publish(public, &certificate)?;
        Ok(Self {
            server: server.run(),
            public,
            development: opened.development,
            housekeeping: core.housekeeping(),
        })
    }

    /// The address that the public listener is bound to.
    #[must_use]
    pub fn public_address(&self) -> SocketAddr {
        self.public
    }

    /// In profile dev, the certificate authority and the token issuer.
    #[must_use]
    pub fn development(&self) -> Option<&Development> {
        self.development.as_ref()
    }

    /// Stops the service from elsewhere.
    #[must_use]
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Catches signals from now on. Then serves until SIGTERM, SIGINT or SIGQUIT, and lets requests in
    /// flight finish; or until a second one.
    ///
    /// # Errors
    /// When signals cannot be caught; then, when the listener fails or requests were cut off.
    pub fn run_until_signalled(self) -> io::Result<impl Future<Output = io::Result<()>>> {
        let mut signals = StopSignals::listen()?;
        let handle = self.handle();
        Ok(self.run(async move {
            let signal = signals.next().await;
            tracing::info!(signal, "stopping; requests in flight may finish");
            drop(handle.stop(true));
            let signal = signals.next().await;
            tracing::warn!(signal, "stopping at once");
        }))
    }

    /// Serves until its handle stops it.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn run_until_stopped(self) -> io::Result<()> {
        self.run(pending()).await
    }

    async fn run(self, at_once: impl Future<Output = ()>) -> io::Result<()> {
        let housekeeping = self.housekeeping.clone();
        let keeping = actix_web::rt::spawn(housekeeping.clone().keep());
        let served = match select(self.server, pin!(at_once)).await {
            Either::Left((served, _)) => served,
            // Dropped, the server ends its workers.
            Either::Right(((), _)) => Err(io::Error::other("stopped before all was answered")),
        };
        keeping.abort();
        housekeeping.finish();
        housekeeping.journal.point(Entry::new(Event::SysShutdown));
        housekeeping.journal.close().await;
        match &served {
            Ok(()) => tracing::info!("stopped"),
            Err(error) => tracing::error!(%error, "stopped"),
        }
        served
    }
}

/// The workers, before any listener. `signals.rs` has the signals: the library's SIGINT cuts requests off.
fn workers(public: &config::Public) -> ServerBuilder {
    match public.workers {
        0 => Server::build(),
        workers => Server::build().workers(usize::from(workers)),
    }
    .disable_signals()
    .shutdown_timeout(public.shutdown_timeout_seconds)
}

/// The first that the journal holds of a run, with a hash that tells one configuration from another:
/// keyed, because a setting can be a password that is short enough to guess.
fn started(journal: &Journal, settings: &Settings, version: &str) {
    let digest = journal.keyed_hash(settings.effective());
    let loaded = Entry::new(Event::ConfigLoaded).on("configuration", digest);
    journal.point(loaded);
    journal.point(Entry::new(Event::SysStartup).on("version", version));
}
