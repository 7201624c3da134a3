//! The composition root: every part is made and connected here, and nowhere else.
//!
//! Read [`Application::build`] for what starts in which order, and `layers.rs` for what a
//! request passes on its way to a handler.

mod check_files;
mod housekeeping;
mod layers;
mod prepare;
mod rate_limits;
mod service;
mod signals;

use std::{
    future::pending,
    io,
    net::{SocketAddr, TcpListener},
    pin::pin,
    sync::Arc,
};

use actix_server::{Server, ServerHandle};
use actix_web::web::Data;
use futures_util::future::{Either, select};

use crate::{
    audit::{Entry, Event, Journal, Reason},
    auth::{StepUp, tokens::TokenVerifier},
    clock::Clock,
    config::Settings,
    data_dir::DataDir,
    db,
    http::{
        audit_trail::aggregator::EventAggregator,
        context::{client_address::TrustedProxies, limits::RequestLimits},
        listener::{
            connections::{Bounds, Connections},
            gate,
            server::{self, Listener},
        },
    },
    tls,
};
pub use check_files::check_files;
use housekeeping::Housekeeping;
use layers::State;
use prepare::prepare;
pub use prepare::{Development, StartError, development_issuer, migrate};
use rate_limits::RateLimits;
pub use service::{Example, Service, Slice, Stores};
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
        let Opened {
            data_dir,
            tls,
            development,
            journal,
        } = opened;
        let pool = db::connect(&settings.database, data_dir.path()).await?;
        let limits = &settings.public.limits;
        let proxies = TrustedProxies {
            networks: settings.public.trusted_proxies.clone(),
            field: settings.public.forwarded_field,
        };
        let rate_limits = RateLimits::new(&settings.rate_limit, service.access, &clock)?;
        let aggregator = Arc::new({
            let journal = journal.clone();
            EventAggregator::new(move |entry| journal.point(entry))
        });
        let state = State {
            verifier: Data::new(TokenVerifier::new(
                &settings.auth,
                service.access,
                clock.clone(),
                &journal,
            )?),
            journal: Data::new(journal.clone()),
            aggregator: Data::from(aggregator.clone()),
            rate_limits: rate_limits.clone(),
            step_up: Data::new(StepUp {
                max_age: settings.auth.step_up_max_age.try_into().unwrap_or_default(),
                clock: clock.clone(),
            }),
            limits: Data::new(RequestLimits {
                body_bytes: limits.body_bytes,
                body_time: limits.body_timeout,
                request_timeout: limits.request_timeout,
            }),
            proxies: Data::new(proxies.clone()),
            security_txt: Data::new(settings.public.security_txt.clone()),
            cors: Data::new(settings.public.cors.clone()),
            service: service.clone(),
            stores: service.stores(&pool, &settings),
            clock: Data::from(clock),
        };

        let address = SocketAddr::new(settings.public.bind, settings.public.port);
        let listen_error = |source| StartError::Listen { address, source };
        let socket = TcpListener::bind(address).map_err(listen_error)?;
        let public_address = socket.local_addr().map_err(listen_error)?;
        let listener = Listener {
            tls: Arc::new(tls.config),
            handshake_timeout: limits.tls_handshake_timeout,
            keep_alive: limits.keep_alive,
            connections: Connections::new(
                Bounds::of(limits),
                proxies,
                rate_limits.handshakes.clone(),
                aggregator.clone(),
            ),
            limits: gate::Limits::of(&settings.public),
        };
        let server = match settings.public.workers {
            0 => Server::build(),
            workers => Server::build().workers(usize::from(workers)),
        }
        // `signals.rs` has them: the library's SIGINT cuts requests off.
        .disable_signals()
        .shutdown_timeout(settings.public.shutdown_timeout_seconds);
        let server = server::listen(server, "public", socket, listener, move || {
            layers::public(state.clone())
        })
        .map_err(listen_error)?;

        data_dir.publish(public_address, &tls.certificate)?;
        Ok(Self {
            server: server.run(),
            public: public_address,
            development,
            housekeeping: Housekeeping {
                rate_limits,
                aggregator,
                journal,
            },
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

/// The first that the journal holds of a run, with a hash that tells one configuration from another:
/// keyed, because a setting can be a password that is short enough to guess.
fn started(journal: &Journal, settings: &Settings, version: &str) {
    let digest = journal.keyed_hash(settings.effective());
    let loaded = Entry::new(Event::ConfigLoaded).on("configuration", digest);
    journal.point(loaded);
    journal.point(Entry::new(Event::SysStartup).on("version", version));
}
