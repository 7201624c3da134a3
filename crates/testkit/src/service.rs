//! A running service: it is started, restarted and stopped here, on a thread of its own; or it runs elsewhere.

mod actors;
mod rows;

use std::{
    fs,
    marker::PhantomData,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use actix_server::ServerHandle;
use platform::{
    app::{Application, development_issuer},
    auth::tokens::development::DevelopmentIssuer,
    config::Settings,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    Database, ManualClock, Tested,
    elsewhere::{self, Elsewhere, Needs},
    patience,
    settings::{DATABASE, settings},
    tls,
};

/// The file of the issuer's key.
const ISSUER_KEY: &str = "token-signing.key";

/// A running service. One that was started here stops, and its files go, when it is dropped.
pub struct Service<T> {
    tested: PhantomData<fn() -> T>,
    served: platform::Service,
    pub clock: Arc<ManualClock>,
    issuer: DevelopmentIssuer,
    issuer_key: PathBuf,
    public: SocketAddr,
    tls: Arc<rustls::ClientConfig>,
    /// Stands before each subject where others have rows too.
    namespace: String,
    /// What only a service that was started here has.
    own: Option<Own>,
}

struct Own {
    data_dir: TempDir,
    database: Option<Database>,
    settings: Settings,
    admin: SocketAddr,
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
    reload_notify: Arc<Notify>,
    thread: thread::JoinHandle<()>,
}

impl<T: Tested> Service<T> {
    /// A service with the settings of profile dev.
    pub fn start() -> Self {
        match Elsewhere::named() {
            Some(elsewhere) => Self::at(&elsewhere),
            None => Self::start_with(T::service(), &[], &[]),
        }
    }

    fn at(elsewhere: &Elsewhere) -> Self {
        let served = T::service();
        let clock = Arc::new(ManualClock::of_the_service());
        // A copy: what is made of a key lies beside it.
        let issuer = TempDir::new().unwrap();
        fs::copy(&elsewhere.key, issuer.path().join(ISSUER_KEY)).unwrap();
        Self {
            tested: PhantomData,
            issuer: DevelopmentIssuer::open(issuer.path(), served.name).unwrap(),
            issuer_key: elsewhere.key.clone(),
            tls: tls::trusting(&elsewhere.ca, clock.clone()),
            served,
            clock,
            public: elsewhere.address,
            namespace: format!("{}-", Uuid::now_v7().simple()),
            own: None,
        }
    }

    /// A service with these environment variables.
    pub fn with(environment: &[(&str, &str)]) -> Self {
        match environment {
            [] => Self::start(),
            _ => Self::serving(T::service(), environment),
        }
    }

    /// The same, unless it runs elsewhere with settings that are its own.
    pub fn preferring(environment: &[(&str, &str)]) -> Self {
        match Elsewhere::named() {
            Some(_) => Self::start(),
            None => Self::with(environment),
        }
    }

    /// Whether it was not started here.
    pub fn is_elsewhere(&self) -> bool {
        self.own.is_none()
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
        if Elsewhere::named().is_some() {
            elsewhere::needs(Needs::Settings);
        }
        let data_dir = TempDir::new().unwrap();
        let clock = Arc::new(ManualClock::of_the_service());
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
            issuer_key: settings.development_dir().join(ISSUER_KEY),
            tls: tls::trusting(&data_dir.path().join("dev/ca.pem"), clock.clone()),
            served: service,
            clock,
            public: addresses.public,
            namespace: String::new(),
            own: Some(Own {
                data_dir,
                database,
                settings,
                admin: addresses.admin,
                stop: Some(stop),
            }),
        }
    }

    /// What a service elsewhere does not have.
    fn own(&self) -> &Own {
        self.own
            .as_ref()
            .unwrap_or_else(|| elsewhere::needs(Needs::ServiceOfItsOwn))
    }

    fn own_mut(&mut self) -> &mut Own {
        self.own
            .as_mut()
            .unwrap_or_else(|| elsewhere::needs(Needs::ServiceOfItsOwn))
    }

    /// Stops it and starts it again on the same files.
    pub fn restart(&mut self) {
        self.own_mut().stop();
        let (addresses, stop) = run(
            self.own().settings.clone(),
            self.clock.clone(),
            self.served.clone(),
        );
        self.public = addresses.public;
        let own = self.own_mut();
        own.admin = addresses.admin;
        own.stop = Some(stop);
    }

    /// Stops it; what its journal holds, line by line.
    pub fn journal(&mut self) -> Vec<Value> {
        self.own_mut().stop();
        let file = self.own().settings.audit.path(self.data_dir());
        let text = fs::read_to_string(file).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    pub fn data_dir(&self) -> &Path {
        self.own().data_dir.path()
    }

    /// Where callers find it.
    pub fn public_address(&self) -> SocketAddr {
        self.public
    }

    /// Has the service look at its certificates, as SIGHUP does.
    pub fn look_at_certificates(&self) {
        if let Some(stop) = &self.own().stop {
            stop.reload_notify.notify_one();
        }
    }
}

impl Own {
    fn stop(&mut self) {
        if let Some(Stop { handle, thread, .. }) = self.stop.take() {
            drop(handle.stop(false));
            patience::until("the service stops", || thread.is_finished());
            thread.join().ok();
        }
    }
}

impl Drop for Own {
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
            let reload_notify = application.reload_notify();
            started
                .send((addresses, application.handle(), reload_notify))
                .unwrap();
            application.run_until_stopped().await.unwrap();
        });
    });
    let started = patience::next("the service starts", &ready);
    let (addresses, handle, reload_notify) = started.expect("the service starts");
    let stop = Stop {
        handle,
        reload_notify,
        thread,
    };
    (addresses, stop)
}
