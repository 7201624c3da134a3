//! A server as a process of its own: started, asked what it costs, killed.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use clap::Args;
use platform::{
    app::Application,
    clock::{Clock, SystemClock},
    config, db, telemetry,
    tls::development::certificates,
};
use sqlx::{SqlitePool, postgres::PgPoolOptions};

use super::{
    bare::{self, Pool},
    compose,
    ground::{Ground, settings},
    machine,
    variant::Variant,
};
use crate::cost::processor_time;

/// One variant, on a core of its own.
#[derive(Debug, Args)]
pub struct Serve {
    #[arg(value_enum)]
    variant: Variant,
    #[arg(long)]
    data_dir: PathBuf,
    #[arg(long)]
    core: usize,
    /// A variable laid over the service's settings, such as `APP_DATABASE__MAX_CONNECTIONS=2`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// A server that runs, until it is dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts `variant` on `core`. What it logs goes to a file, as in production.
    pub fn start(
        variant: Variant,
        ground: &Ground,
        core: usize,
        set: &[String],
    ) -> anyhow::Result<Self> {
        let log = ground.data_dir.join(format!("{}.log", variant.name()));
        let mut child = Command::new(std::env::current_exe()?)
            .args(["benchmark", "serve-variant", &variant.name()])
            .arg("--data-dir")
            .arg(&ground.data_dir)
            .args(["--core", &core.to_string()])
            .args(set.iter().flat_map(|set| ["--set", set]))
            .stdout(Stdio::piped())
            .stderr(Stdio::from(File::create(&log)?))
            .spawn()?;
        let mut line = String::new();
        let output = child.stdout.take().context("its standard output")?;
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().parse().with_context(|| {
            let log = fs::read_to_string(log).unwrap_or_default();
            format!("{} did not start: {log}", variant.name())
        })?;
        Ok(Self { child, address })
    }

    /// Time that its threads have spent on a processor.
    pub fn processor_time(&self) -> anyhow::Result<Duration> {
        processor_time(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Serves until killed.
pub fn serve(serve: &Serve) -> anyhow::Result<()> {
    machine::stay_on(serve.core)?;
    actix_web::rt::System::new().block_on(run(serve))
}

async fn run(serve: &Serve) -> anyhow::Result<()> {
    let set = serve.set.iter().filter_map(|set| set.split_once('='));
    let mut more: Vec<_> = set.collect();
    if serve.variant == Variant::WithAccessLog {
        more.push(("APP_LOG__FILTER", "info,access=debug,sqlx=warn"));
    }
    let settings = settings(&serve.data_dir, &more)?;
    let _log = (!serve.variant.is_bare()).then(|| telemetry::init(&settings.log));
    if matches!(serve.variant, Variant::Full | Variant::WithAccessLog) {
        let application = Application::build(
            &fixture::service(),
            settings,
            Arc::new(SystemClock::default()),
        )
        .await?;
        listening(application.public_address())?;
        return Ok(application.run_until_signalled()?.await?);
    }
    let socket = TcpListener::bind(("127.0.0.1", 0))?;
    listening(socket.local_addr()?)?;
    let server = if serve.variant.is_bare() {
        let pool = pool(serve.variant, &settings.database, &serve.data_dir).await?;
        let files = certificates(
            &settings.development_dir(),
            "fixture",
            SystemClock::default().now(),
        )?;
        let tls = compose::source(&settings, &files).load()?;
        bare::serve(pool, socket, (*tls.config).clone())?
    } else {
        compose::serve(serve.variant, settings, socket).await?
    };
    Ok(server.await?)
}

/// As a first version of the service has them, or with the service's pool settings.
async fn pool(
    variant: Variant,
    settings: &config::Database,
    data_dir: &Path,
) -> anyhow::Result<Pool> {
    let is_naive = variant == Variant::Bare;
    if settings.is_postgres() {
        // No policy is between a bare server and its rows.
        let url = settings.url().replace("//owner@", "//superuser@");
        let tuned = PgPoolOptions::new()
            .max_connections(settings.max_connections)
            .test_before_acquire(false);
        let options = if is_naive {
            PgPoolOptions::new()
        } else {
            tuned
        };
        return Ok(Pool::Postgres(options.connect(&url).await?));
    }
    Ok(Pool::Sqlite(if is_naive {
        let url = format!("sqlite:{}", data_dir.join("app.db").display());
        SqlitePool::connect(&url).await?
    } else {
        db::sqlite::connect(settings, data_dir).await?
    }))
}

/// Tells the parent process where to connect; early connections wait in the queue.
fn listening(address: SocketAddr) -> std::io::Result<()> {
    let mut output = std::io::stdout();
    writeln!(output, "{address}")?;
    output.flush()
}
