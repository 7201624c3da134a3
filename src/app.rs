//! The composition root: every part is made and connected here, and nowhere else.
//!
//! Read [`Application::build`] for what starts in which order, and [`public`] for the layers that a
//! request passes, outermost last.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
};

use actix_server::{Server, ServerHandle};
use actix_web::{
    App, Error,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::from_fn,
    web::{self, Data},
};
use tracing_actix_web::TracingLogger;

use crate::{
    auth::{
        StepUp, authenticate,
        tokens::{
            KeyError, TokenVerifier,
            development::{DevelopmentError, DevelopmentIssuer},
        },
    },
    clock::Clock,
    config::{self, Profile, Settings},
    data_dir::DataDir,
    db::{self, StoreError},
    health,
    http::{
        json::BodyLimits,
        route::{self, API_PREFIX, RouteTable},
        seal::seal,
        server::{self, Connections},
    },
    invoices::{self, InvoiceStore, SqliteInvoices},
    me,
    telemetry::RequestSpan,
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
    #[error("development issuer: {0}")]
    Development(#[from] DevelopmentError),
    #[error("{0}: {cause}", cause = std::error::Error::source(.0).map(ToString::to_string).unwrap_or_default())]
    Store(#[from] StoreError),
}

/// Every operation of the public listener.
#[must_use]
pub fn routes() -> RouteTable {
    RouteTable::default()
        .open(health::routes())
        .api(me::routes())
        .api(invoices::routes())
}

/// What the handlers share: made once, not once a worker.
#[derive(Clone)]
struct State {
    verifier: Data<TokenVerifier>,
    step_up: Data<StepUp>,
    limits: Data<BodyLimits>,
    clock: Data<dyn Clock>,
    idempotency: Data<config::Idempotency>,
    invoices: Data<dyn InvoiceStore>,
}

/// The layers around the routes. The last one wrapped is the first to see a request.
fn public(
    state: State,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let (open, api) = routes().into_services();
    let api = api
        .into_iter()
        .fold(web::scope(API_PREFIX), actix_web::Scope::service)
        .default_service(web::to(route::not_found))
        // Before the router: nobody without a token learns which paths exist.
        .wrap(from_fn(authenticate));
    let app = App::new()
        .app_data(state.verifier)
        .app_data(state.step_up)
        .app_data(state.limits)
        .app_data(state.clock)
        .app_data(state.idempotency)
        .app_data(state.invoices);
    open.into_iter()
        .fold(app, App::service)
        .service(api)
        .default_service(web::to(route::not_found))
        // Headers, problems and panics of everything within.
        .wrap(from_fn(seal))
        // Makes the request id that all the others use.
        .wrap(TracingLogger::<RequestSpan>::new())
}

/// The service, ready to run.
pub struct Application {
    server: Server,
    public: SocketAddr,
    development: Option<Development>,
}

/// What profile dev made, for whoever greets the user.
pub struct Development {
    pub ca: PathBuf,
    pub issuer: DevelopmentIssuer,
}

impl Application {
    /// Prepares the data directory, opens the database and binds the listener.
    ///
    /// # Errors
    /// Whatever is missing, with its mend.
    pub async fn build(mut settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let data_dir = open_data_dir(&settings)?;
        let (tls, development) = prepare(&mut settings, &data_dir, &*clock).await?;

        let pool = db::connect(&settings.database, data_dir.path()).await?;
        let invoices: Arc<dyn InvoiceStore> = Arc::new(SqliteInvoices::new(pool));
        let state = State {
            verifier: Data::new(TokenVerifier::new(&settings.auth, clock.clone())?),
            step_up: Data::new(StepUp {
                max_age: settings.auth.step_up_max_age(),
                clock: clock.clone(),
            }),
            limits: Data::new(BodyLimits {
                bytes: settings.public.limits.body_bytes,
                time: settings.public.limits.body_timeout(),
            }),
            clock: Data::from(clock),
            idempotency: Data::new(settings.idempotency.clone()),
            invoices: Data::from(invoices),
        };

        let address = SocketAddr::new(settings.public.bind, settings.public.port);
        let listen_error = |source| StartError::Listen { address, source };
        let socket = TcpListener::bind(address).map_err(listen_error)?;
        let public_address = socket.local_addr().map_err(listen_error)?;
        let connections = Connections {
            tls: Arc::new(tls),
            handshake_timeout: settings.public.limits.tls_handshake_timeout(),
            head_timeout: settings.public.limits.head_timeout(),
            keep_alive: settings.public.limits.keep_alive(),
        };
        let server = match settings.public.workers {
            0 => Server::build(),
            workers => Server::build().workers(usize::from(workers)),
        }
        .shutdown_timeout(settings.public.shutdown_timeout_seconds);
        let server = server::listen(server, "public", socket, connections, move || {
            public(state.clone())
        })
        .map_err(listen_error)?;

        data_dir
            .publish(public_address)
            .map_err(data_dir_error(&settings))?;
        Ok(Self {
            server: server.run(),
            public: public_address,
            development,
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

    /// Serves until SIGTERM or SIGINT, then lets requests in flight finish.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn run_until_stopped(self) -> io::Result<()> {
        self.server.await
    }
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
async fn prepare(
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

fn open_data_dir(settings: &Settings) -> Result<DataDir, StartError> {
    DataDir::open(&settings.data_dir).map_err(data_dir_error(settings))
}

fn data_dir_error(settings: &Settings) -> impl FnOnce(io::Error) -> StartError + use<> {
    let path = settings.data_dir.display().to_string();
    move |source| StartError::DataDir { path, source }
}
