//! The composition root: every part is made and connected here, and nowhere else.
//!
//! Read [`Application::build`] for what starts in which order, and `layers.rs` for what a
//! request passes on its way to a handler.

mod admission;
mod check_files;
mod core;
mod database;
mod docs;
mod exposed;
mod housekeeping;
mod layers;
mod listeners;
mod listening;
mod metrics;
mod observed;
mod outbound;
mod own_directories;
mod plan;
mod prepare;
mod rate_limits;
mod readiness;
mod renewal;
mod service;
mod shared;
mod signals;
mod started;
mod stop;
mod tls_sources;

use std::{future::pending, io, net::SocketAddr, pin::pin, sync::Arc};

use actix_server::ServerHandle;
use futures_util::future::{Either, select};
use tokio::sync::Notify;

use self::core::Core;
use crate::{
    admin::readiness::Readiness,
    alerts::Alerts,
    api_keys::{ApiKeys, Pepper},
    audit::{Entry, Event, Journal, Observer, Reason},
    auth::tokens::IssuerKeys,
    clock::{Clock, Monotone},
    config::{Settings, Shutdown},
    containment::Containment,
    data_dir::{DataDir, Served},
    db,
    http::audit_trail::aggregator::EventAggregator,
    quota_store::QuotaStore,
    slice,
};
pub use admission::admit;
pub use check_files::check_files;
use database::DatabaseRecord;
use housekeeping::Housekeeping;
use listening::Listening;
use outbound::Outbound;
pub use own_directories::own_directories;
pub use prepare::{Development, StartError, development_issuer, migrate};
use prepare::{Tls, prepare};
use renewal::Renewal;
pub use service::{Example, Service, Slice};
pub use shared::Shared;
use signals::Hangups;
pub use signals::outlive_signals;
use started::started;
use stop::Stop;

/// What is there before the first line of the journal.
struct Opened {
    data_dir: DataDir,
    tls: Tls,
    development: Option<Development>,
    journal: Journal,
    alerts: Option<Arc<Alerts>>,
    /// For a service that offers API keys.
    pepper: Option<Pepper>,
}

/// The service, ready to run.
pub struct Application {
    public: Listening,
    admin: Listening,
    readiness: Arc<Readiness>,
    development: Option<Development>,
    database_record: DatabaseRecord,
    housekeeping: Housekeeping,
    renewal: Renewal,
    reload_notify: Arc<Notify>,
    outbound: Outbound,
    shutdown: Shutdown,
}

impl Application {
    /// Prepares the data directory, opens the database and binds the listeners.
    ///
    /// # Errors
    /// Whatever is missing, with its fix.
    pub async fn build(
        service: &Service,
        mut settings: Settings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let clock: Arc<dyn Clock> = Monotone::over(clock);
        let data_dir = DataDir::open(&settings.data_dir)?;
        let (tls, development) = prepare(service, &mut settings, &data_dir, &clock).await?;

        let alerts = Alerts::start(&settings.alerts, service.name, clock.clone())?;
        let (journal, pepper) = {
            // Keys are made once.
            let _exclusive = data_dir.lock()?;
            let pepper = || Pepper::open(&settings.auth.api_keys, data_dir.path());
            let pepper = service.api_keys.map(|_| pepper()).transpose()?;
            let observer = alerts.clone().map(|alerts| -> Arc<dyn Observer> { alerts });
            let journal =
                Journal::open_observed(&settings.audit, data_dir.path(), clock.clone(), observer)?;
            (journal, pepper)
        };
        started(&journal, &settings, service.version);
        let opened = Opened {
            data_dir,
            tls,
            development,
            journal: journal.clone(),
            alerts,
            pepper,
        };
        let built = Box::pin(Self::around(service, opened, settings, clock)).await;
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
        let data_dir = opened.data_dir;
        let (journal, alerts) = (opened.journal, opened.alerts);
        let place = (data_dir.path(), journal.clone(), clock.clone());
        let outbound = Outbound::start(service, &settings, place, alerts)?;
        let database = db::connect(&settings.database, data_dir.path()).await?;
        let containment =
            Containment::open(&database, &settings, journal.clone(), clock.clone()).await?;
        let api_keys = service.api_keys.zip(opened.pepper).map(|(offer, pepper)| {
            let table = (&settings.auth, service.access);
            Arc::new(ApiKeys::new(offer, &database, table, pepper, clock.clone()))
        });
        let entities = service.slices.iter().flat_map(|slice| slice.statements);
        let lists = entities.map(|entity| entity.list_all);
        slice::order_after_stored_rows(&database, lists).await?;
        let record = journal.clone();
        let core = Core {
            service,
            settings: &settings,
            quota_store: QuotaStore::open(&settings.rate_limit.shared, journal.clone()).await?,
            keys: Arc::new(IssuerKeys::start(&settings.auth, service.access, &journal)?),
            aggregator: Arc::new(EventAggregator::new(move |entry| record.point(entry))),
            clock: clock.clone(),
            journal: journal.clone(),
            outbound: outbound.clone(),
            database,
            containment,
            api_keys,
        };
        let readiness = Arc::new(core.readiness(data_dir.path().to_owned()));
        let tls = opened.tls;
        let public = core.public(tls.public.live())?;
        let admin = core.admin(tls.admin.live(), readiness.clone(), &public)?;
        data_dir.publish(&Served {
            public: public.address,
            admin: admin.address,
            certificate: &tls.admin.live().now().certificate,
            probe: &tls.probe.pem,
        })?;
        let renewal = Renewal {
            listeners: [
                renewal::Listener::public(tls.public),
                renewal::Listener::admin(tls.admin),
            ],
            data_dir,
            journal,
            clock,
            settings: settings.tls,
        };
        let rate_limits = [&public, &admin].map(|one| one.rate_limits.clone());
        Ok(Self {
            database_record: core.database_record(),
            housekeeping: core.housekeeping(rate_limits.into()),
            public,
            admin,
            readiness,
            renewal,
            reload_notify: Arc::default(),
            development: opened.development,
            outbound,
            shutdown: settings.shutdown,
        })
    }

    /// The address that the public listener is bound to.
    #[must_use]
    pub fn public_address(&self) -> SocketAddr {
        self.public.address
    }

    /// The address that the admin listener is bound to.
    #[must_use]
    pub fn admin_address(&self) -> SocketAddr {
        self.admin.address
    }

    /// In profile dev, the certificate authority and the token issuer.
    #[must_use]
    pub fn development(&self) -> Option<&Development> {
        self.development.as_ref()
    }

    /// Stops the service from elsewhere.
    #[must_use]
    pub fn handle(&self) -> ServerHandle {
        self.public.server.handle()
    }

    /// Has the files of TLS looked at, as SIGHUP does, in a service that its handle stops.
    #[must_use]
    pub fn reload_notify(&self) -> Arc<Notify> {
        self.reload_notify.clone()
    }

    /// Catches signals from now on. Then serves until SIGTERM, SIGINT or SIGQUIT, and stops in order
    /// (`stop.rs`).
    ///
    /// # Errors
    /// When signals cannot be caught; then, when the listener fails or requests were cut off, by a
    /// second signal or at the deadline.
    pub fn run_until_signalled(self) -> io::Result<impl Future<Output = io::Result<()>>> {
        let stop = Stop {
            readiness: self.readiness.clone(),
            connections: self.public.observed.connections.clone(),
            server: self.handle(),
            times: self.shutdown,
        };
        let at_once = stop.when_signalled()?;
        Ok(self.run(at_once, Hangups::listen()?))
    }

    /// Serves until its handle stops it.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn run_until_stopped(self) -> io::Result<()> {
        let asked = Hangups::Asked(self.reload_notify.clone());
        self.run(pending(), asked).await
    }

    async fn run(self, at_once: impl Future<Output = ()>, hangups: Hangups) -> io::Result<()> {
        let housekeeping = self.housekeeping.clone();
        let keeping = actix_web::rt::spawn(housekeeping.clone().keep());
        let recording = actix_web::rt::spawn(self.database_record.keep());
        let renewing = actix_web::rt::spawn(self.renewal.keep(hangups));
        let admin = self.admin.server.handle();
        // Operators see how the service stops: their listener ends last.
        let mut operators = actix_web::rt::spawn(self.admin.server);
        let at_once = pin!(at_once);
        let ended_otherwise = select(at_once, &mut operators);
        let served = match select(self.public.server, ended_otherwise).await {
            Either::Left((served, _)) => served,
            Either::Right((Either::Left(_), _)) => {
                // Dropped, the server ends its workers.
                Err(io::Error::other("stopped before all was answered"))
            }
            Either::Right((Either::Right(_), _)) => {
                Err(io::Error::other("the admin listener has ended"))
            }
        };
        admin.stop(false).await;
        keeping.abort();
        recording.abort();
        renewing.abort();
        housekeeping.finish().await;
        self.outbound.close().await;
        match &served {
            Ok(()) => tracing::info!("stopped"),
            Err(error) => tracing::error!(%error, "stopped"),
        }
        served
    }
}
