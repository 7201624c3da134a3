//! A real service for a test: its own data directory, its own clock, TLS on a free port.
//!
//! Every response that passes here is held to the contract that all responses keep, so each test also
//! checks headers and problem documents.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "a test fails by panicking, and some start the program itself"
)]

mod api_key;
mod authority;
mod client;
mod clock;
mod database;
mod forger;
pub mod hello;
pub mod patience;
pub mod plans;
mod process;
mod response;
mod signing_key;
pub mod suite;
mod tls;

use std::{
    fs::{self, Permissions},
    marker::PhantomData,
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use platform::{
    admin::access,
    app::{Application, development_issuer},
    audit::Journal,
    auth::tokens::development::{DevelopmentIssuer, TokenRequest},
    clock::Clock,
    config::{Settings, Sources},
};
use serde_json::Value;
use tempfile::TempDir;
use time::Duration;
use tokio::sync::Notify;

pub use api_key::{ApiKey, tomorrow};
pub use authority::Authority;
pub use client::{Actor, Connection};
pub use clock::ManualClock;
pub use database::{Database, RUNTIME_ROLE};
pub use forger::Forger;
pub use process::Process;
pub use response::Response;
pub use signing_key::{SigningKey, key_set};
pub use tls::server_config;

/// The clock stands still, so no quota would ever fill again: a test that is about one sets it.
const PLENTY: &str = include_str!("plenty.toml");

/// The setting that names the database.
const DATABASE: &str = "APP_DATABASE__URL";
/// For a test that is about the file of SQLite, on whichever engine the others run.
pub const ON_SQLITE: (&str, &str) = (DATABASE, "");

/// The service that a test binary is about. Each binary has one, and its `harness` names
/// `testkit::Service<Ours>` and `testkit::Process<Ours>` once.
pub trait Tested {
    /// Its program: `env!("CARGO_BIN_EXE_…")`.
    const PROGRAM: &'static str;
    /// Where its evidence is committed, `openapi/openapi.json` and `tests/api/permissions.txt`:
    /// `env!("CARGO_MANIFEST_DIR")`.
    const ROOT: &'static str;
    /// Paths of its own without credentials.
    const PUBLIC: &'static [&'static str] = &[];
    /// Resources of its own without rows of callers, each with the reason.
    const WITHOUT_ROWS: &'static [(&'static str, &'static str)] = &[];

    /// What it serves.
    fn service() -> platform::Service;
}

/// What makes actors.
pub trait Actors {
    /// A subject with these roles and a fresh token.
    fn actor(&self, subject: &str, roles: &[&'static str]) -> Actor;
}

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
    handle: actix_server::ServerHandle,
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

    /// Somebody without credentials.
    pub fn anonymous(&self) -> Actor {
        Actor::new(self.addresses.public, self.tls.clone(), None)
    }

    /// Somebody with this token in `Authorization: Bearer`.
    pub fn bearer(&self, token: &str) -> Actor {
        Actor::new(
            self.addresses.public,
            self.tls.clone(),
            Some(token.to_owned()),
        )
    }

    /// The same, of a service whose certificate is of another authority.
    pub fn bearer_trusting(&self, ca: &Path, token: &str) -> Actor {
        let tls = tls::trusting(ca, self.clock.clone());
        Actor::new(self.addresses.public, tls, Some(token.to_owned()))
    }

    /// Somebody without credentials who shows a client's certificate: the files are PEM.
    pub fn anonymous_showing(&self, certificate: &Path, key: &Path) -> Actor {
        let tls = tls::showing(&self.ca(), certificate, key, self.clock.clone());
        Actor::new(self.addresses.public, tls, None)
    }

    /// Somebody without credentials at the admin listener of a service whose certificate is of another
    /// authority.
    pub fn admin_trusting(&self, ca: &Path) -> Actor {
        let tls = tls::trusting(ca, self.clock.clone());
        Actor::new(self.addresses.admin, tls, None)
    }

    /// Has the service look at its certificates, as SIGHUP does.
    pub fn look_at_certificates(&self) {
        if let Some(stop) = &self.stop {
            stop.look.notify_one();
        }
    }

    /// A subject with these roles and a fresh token.
    pub fn actor(&self, subject: &str, roles: &[&'static str]) -> Actor {
        self.bearer(&self.token(&token_for(subject, roles)))
    }

    /// An operator with a fresh token, at the admin listener.
    pub fn operator(&self, subject: &str) -> Actor {
        let request = token_for(subject, &access::ACCESS.role_names());
        self.at_admin(Some(&self.admin_token(&request)))
    }

    /// Somebody with this token, or without any, at the admin listener.
    pub fn at_admin(&self, token: Option<&str>) -> Actor {
        let token = token.map(str::to_owned);
        Actor::new(self.addresses.admin, self.tls.clone(), token)
    }

    /// The same with a client's certificate: the files are PEM.
    pub fn at_admin_showing(&self, certificate: &Path, key: &Path, token: Option<&str>) -> Actor {
        let tls = tls::showing(&self.ca(), certificate, key, self.clock.clone());
        Actor::new(self.addresses.admin, tls, token.map(str::to_owned))
    }

    fn ca(&self) -> PathBuf {
        self.data_dir().join("dev/ca.pem")
    }

    pub fn admin_token(&self, request: &TokenRequest) -> String {
        self.issuer
            .admin_token(request, &access::ACCESS, self.clock.now())
            .unwrap()
    }

    pub fn token(&self, request: &TokenRequest) -> String {
        self.issuer
            .token(request, self.served.access, self.clock.now())
            .unwrap()
    }
}

impl<T: Tested> Actors for Service<T> {
    fn actor(&self, subject: &str, roles: &[&'static str]) -> Actor {
        Self::actor(self, subject, roles)
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

/// The cases of a sweep. A sweep over nothing passes, so there must be so many.
#[track_caller]
pub fn at_least<T>(floor: usize, cases: impl IntoIterator<Item = T>) -> Vec<T> {
    let cases: Vec<T> = cases.into_iter().collect();
    assert!(cases.len() >= floor, "{} of {floor} cases", cases.len());
    cases
}

/// A quarter of an hour, just authenticated, all that the roles permit.
pub fn token_for(subject: &str, roles: &[&'static str]) -> TokenRequest {
    TokenRequest {
        subject: subject.to_owned(),
        roles: roles.to_vec(),
        scope: None,
        lifetime: Duration::minutes(15),
        authentication_age: Duration::ZERO,
    }
}

/// Gives a directory the mode that a service's own has: tests lay files in it before the first start,
/// and one that holds other files and is open to others would be refused.
pub fn close(directory: &Path) {
    fs::set_permissions(directory, Permissions::from_mode(0o700)).ok();
}

/// Settings for a service in `data_dir`, on a free port.
pub fn settings(
    service: &platform::Service,
    data_dir: &Path,
    environment: &[(&str, &str)],
    files: &[&Path],
) -> Settings {
    close(data_dir);
    // A copy: where the umask was 002 when it was cloned, the group may write the one in the repository.
    let plenty = tempfile::NamedTempFile::new().unwrap();
    fs::write(plenty.path(), PLENTY).unwrap();
    let own = [
        ("APP_DATA_DIR", data_dir.to_str().unwrap()),
        ("APP_PUBLIC__PORT", "0"),
        ("APP_PUBLIC__WORKERS", "1"),
        ("APP_ADMIN__PORT", "0"),
    ];
    let environment = own.iter().chain(environment);
    let sources = Sources {
        service: service.settings,
        files: [plenty.path()]
            .iter()
            .chain(files)
            .map(|file| file.to_path_buf())
            .collect(),
        environment: environment
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect(),
    };
    platform::config::load(&sources, &service.access.role_names()).unwrap()
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
