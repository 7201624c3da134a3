//! A running service: it is started, restarted and stopped here, on a thread of its own.

mod actors;

use std::{marker::PhantomData, net::SocketAddr, path::Path, sync::Arc, thread};

use actix_server::ServerHandle;
use platform::{
    app::{Application, development_issuer},
    audit::Journal,
    auth::tokens::development::DevelopmentIssuer,
    config::Settings,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Notify;

use crate::{
    Database, ManualClock, Tested, database, patience,
    settings::{DATABASE, settings},
    tls,
};

/// A running service. It stops, and its files go, when it is dropped.
pub struct Service<T> {
    data_dir: TempDir,
    database: Option<Database>,
    settings: Settings,
    tested: PhantomData<fn() -> T>,
    served: platform::Service,
    pub clock: Arc<ManualClock>,
    issuer: DevelopmentIssuer,
    addresses: Addresses,
    tls: Arc<rustls::ClientConfig>,
    stop: Option<Stop>,
}

/// Where it listens.
#[derive(Debug, Clone, Copy)]
struct Addresses {
    public: SocketAddr,
    admin: SocketAddr,
}

struct Stop {
    handle: ServerHandle,
    look: Arc<Notify>,
    thread: thread::JoinHandle<()>,
}

impl<T: Tested> Service<T> {
    /// A service with the settings of profile dev.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// A service with these environment variables.
    pub fn with(environment: &[(&str, &str)]) -> Self {
        Self::serving(T::service(), environment)
    }

    /// Another service: with slices of the test's own.
    pub fn serving(service: platform::Service, environment: &[(&str, &str)]) -> Self {
        Self::start_with(service, environment, &[])
    }

    /// A service with this file laid over its settings.
    pub fn configured(file: &Path) -> Self {
        Self::start_with(T::service(), &[], &[file])
    }

    fn start_with(
        service: platform::Service,
        environment: &[(&str, &str)],
        files: &[&Path],
    ) -> Self {
        let data_dir = TempDir::new().unwrap();
        let clock = Arc::new(ManualClock::default());
        let own = environment.iter().any(|(name, _)| *name == DATABASE);
        let database = (!own).then(|| Database::for_service(&service)).flatten();
        let url = database.as_ref().map(Database::url);
        let url = url.as_deref().map(|url| (DATABASE, url));
        let environment: Vec<_> = url.into_iter().chain(environment.iter().copied()).collect();
        let settings = settings(&service, data_dir.path(), &environment, files);
        let (addresses, stop) = run(settings.clone(), clock.clone(), service.clone());
        Self {
            tested: PhantomData,
            issuer: development_issuer(&service, &settings).unwrap(),
            served: service,
            settings,
            tls: tls::trusting(&data_dir.path().join("dev/ca.pem"), clock.clone()),
            data_dir,
            database,
            clock,
            addresses,
            stop: Some(stop),
        }
    }

    /// Stops it and starts it again on the same files.
    pub fn restart(&mut self) {
        self.stop();
        let (addresses, stop) = run(
            self.settings.clone(),
            self.clock.clone(),
            self.served.clone(),
        );
        self.addresses = addresses;
        self.stop = Some(stop);
    }

    /// Stops it; what its journal holds, line by line.
    pub fn journal(&mut self) -> Vec<Value> {
        self.stop();
        let file = Journal::file(&self.settings.audit, self.data_dir());
        let text = std::fs::read_to_string(file).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    pub fn data_dir(&self) -> &Path {
        self.data_dir.path()
    }

    /// Changes rows past the service.
    pub fn change_rows(&self, text: &str) {
        database::change(self.database.as_ref(), self.data_dir(), text);
    }

    /// Its database on PostgreSQL, where the test runs on that.
    pub fn database(&self) -> Option<&Database> {
        self.database.as_ref()
    }

    /// Where callers find it.
    pub fn public_address(&self) -> SocketAddr {
        self.addresses.public
    }

    /// Has the service look at its certificates, as SIGHUP does.
    pub fn look_at_certificates(&self) {
        if let Some(stop) = &self.stop {
            stop.look.notify_one();
        }
    }
}

impl<T> Service<T> {
    fn stop(&mut self) {
        if let Some(Stop { handle, thread, .. }) = self.stop.take() {
            drop(handle.stop(false));
            patience::until("the service stops", || thread.is_finished());
            thread.join().ok();
        }
    }
}

impl<T> Drop for Service<T> {
    fn drop(&mut self) {
        self.stop();
    }
}

fn run(
    settings: Settings,
    clock: Arc<ManualClock>,
    service: platform::Service,
) -> (Addresses, Stop) {
    let (started, ready) = std::sync::mpsc::channel();
    let thread = thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let application = Application::build(&service, settings, clock);
            let application = application.await.unwrap();
            let addresses = Addresses {
                public: application.public_address(),
                admin: application.admin_address(),
            };
            let look = application.look();
            started
                .send((addresses, application.handle(), look))
                .unwrap();
            application.run_until_stopped().await.unwrap();
        });
    });
    let started = patience::next("the service starts", &ready);
    let (addresses, handle, look) = started.expect("the service starts");
    let stop = Stop {
        handle,
        look,
        thread,
    };
    (addresses, stop)
}
