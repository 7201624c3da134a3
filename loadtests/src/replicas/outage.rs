//! PostgreSQL is killed, restarted and paused under load. Every creation is asked for again, with its
//! idempotency key, until it is acknowledged; then what is stored must be what was acknowledged, once each.
//!
//! It runs inside `tests/servers/postgres`, whose server nothing else uses.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    process::Command,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio_rustls::TlsConnector;

use super::{Replica, client::Connection, trusting};
use crate::{quotas::Quotas, service::Program};

/// Under load before the outage, and after it.
const AROUND: Duration = Duration::from_secs(3);
/// How long it lasts.
const OUTAGE: Duration = Duration::from_secs(4);
/// Before a creation that failed is asked for again.
const AGAIN: Duration = Duration::from_millis(50);

#[derive(Debug, Args)]
pub struct Options {
    /// The program to start (default: a release build of the fixture)
    #[arg(long, value_name = "FILE")]
    service: Option<PathBuf>,
    #[arg(long, default_value_t = 16)]
    clients: usize,
}

#[derive(Debug, Clone, Copy)]
enum Outage {
    Killed,
    Restarted,
    Paused,
}

impl Outage {
    const ALL: [Self; 3] = [Self::Killed, Self::Restarted, Self::Paused];

    fn name(self) -> &'static str {
        match self {
            Self::Killed => "killed (-9), started again",
            Self::Restarted => "restarted",
            Self::Paused => "paused (SIGSTOP)",
        }
    }
}

/// What the clients have seen.
#[derive(Default)]
struct Seen {
    acknowledged: Mutex<Vec<String>>,
    failed: AtomicU64,
    /// Since the service started; the last acknowledgement so far.
    last: Mutex<Option<Instant>>,
    stop: AtomicBool,
}

/// Whether nothing was lost and nothing was made twice.
pub async fn run(options: &Options) -> Result<bool> {
    let program = Program::find(options.service.clone())?;
    let server = Server::find()?;
    println!(
        "| PostgreSQL | acknowledged | failed attempts | stored | missing | twice | back after |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let mut good = true;
    for outage in Outage::ALL {
        good &= perform(outage, &program, &server, options.clients).await?;
    }
    Ok(good)
}

async fn perform(
    outage: Outage,
    program: &Program,
    server: &Server,
    clients: usize,
) -> Result<bool> {
    let directory = tempfile::Builder::new().prefix("outage-").tempdir()?;
    super::private(directory.path())?;
    let url = server.database()?;
    let quotas = Quotas::far()
        .setting("DATABASE__URL", &url)
        .setting("PER_OWNER__ROWS", "1000000");
    let environment = quotas.environment();
    let environment = environment.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let mut replica = Replica::new("a", program, directory.path(), environment.collect())?;
    replica.start().await?;
    let token = replica.editor("alice")?;
    let tls = trusting(&std::fs::read(replica.data_dir.join("dev/ca.pem"))?)?;
    let seen = Arc::new(Seen::default());
    let tasks: Vec<_> = (0..clients)
        .map(|number| {
            let client = create(
                number,
                replica.port,
                tls.clone(),
                token.clone(),
                seen.clone(),
            );
            tokio::spawn(client)
        })
        .collect();
    tokio::time::sleep(AROUND).await;
    let back = server.suffer(outage).await?;
    let recovered = loop {
        let last = *seen.last.lock().unwrap_or_else(PoisonError::into_inner);
        match last.filter(|last| *last > back) {
            Some(last) => break last.duration_since(back),
            None => tokio::time::sleep(Duration::from_millis(1)).await,
        }
        ensure!(
            back.elapsed() < super::PATIENCE,
            "no creation succeeds any more"
        );
    };
    tokio::time::sleep(AROUND).await;
    seen.stop.store(true, Relaxed);
    for task in tasks {
        task.await?;
    }
    let stored = server.orders(&url)?;
    let acknowledged = seen
        .acknowledged
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let once: BTreeSet<&String> = acknowledged.iter().collect();
    let missing = once.iter().filter(|id| !stored.contains(**id)).count();
    let twice = stored.iter().filter(|id| !once.contains(id)).count();
    println!(
        "| {} | {} | {} | {} | {missing} | {twice} | {:.2} s |",
        outage.name(),
        acknowledged.len(),
        seen.failed.load(Relaxed),
        stored.len(),
        recovered.as_secs_f64(),
    );
    replica.stop().await?;
    Ok(missing == 0 && twice == 0 && once.len() == acknowledged.len())
}

/// One client: creation after creation, each asked for until it is acknowledged.
async fn create(client: usize, port: u16, tls: TlsConnector, token: String, seen: Arc<Seen>) {
    let mut connection = None;
    let mut number = 0;
    while !seen.stop.load(Relaxed) {
        number += 1;
        let request = super::client::create(&token, &format!("client-{client}-{number}"));
        let id = loop {
            match ask(&mut connection, port, &tls, &request).await {
                Ok(id) => break id,
                Err(_) => {
                    connection = None;
                    seen.failed.fetch_add(1, Relaxed);
                    tokio::time::sleep(AGAIN).await;
                }
            }
        };
        let lock = &seen.acknowledged;
        lock.lock().unwrap_or_else(PoisonError::into_inner).push(id);
        *seen.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }
}

async fn ask(
    connection: &mut Option<Connection>,
    port: u16,
    tls: &TlsConnector,
    request: &str,
) -> Result<String> {
    let open = match connection {
        Some(open) => open,
        None => connection.insert(Connection::open(port, tls).await?),
    };
    let answer = open.ask(request).await?;
    ensure!(answer.status == 201, "status {}", answer.status);
    let id = answer.location.rsplit('/').next().unwrap_or_default();
    Ok(id.to_owned())
}

/// The server of `tests/servers/postgres`.
struct Server {
    /// Of the owner of the tables.
    url: String,
    superuser: String,
    directory: PathBuf,
}

impl Server {
    fn find() -> Result<Self> {
        let url = std::env::var("TEST_POSTGRES_URL");
        let url = url.context("run it inside tests/servers/postgres")?;
        let superuser = url.replace("//owner@", "//superuser@");
        let directory = psql(&superuser, "SHOW data_directory")?;
        // An acknowledged commit is with the system: the server of the tests gains speed by not waiting.
        psql(&superuser, "ALTER ROLE owner SET synchronous_commit = on")?;
        Ok(Self {
            url,
            superuser,
            directory: directory.into(),
        })
    }

    /// A database of its own for a run.
    fn database(&self) -> Result<String> {
        let name = format!("outage_{}", uuid::Uuid::now_v7().simple());
        psql(
            &self.superuser,
            &format!("CREATE DATABASE {name} OWNER owner"),
        )?;
        let (server, _) = self.url.rsplit_once('/').context("a URL without a name")?;
        Ok(format!("{server}/{name}"))
    }

    fn orders(&self, url: &str) -> Result<BTreeSet<String>> {
        let url = url.replace("//owner@", "//superuser@");
        let ids = psql(&url, "SELECT id FROM orders")?;
        Ok(ids.lines().map(str::to_owned).collect())
    }

    /// The outage; when the server was back.
    async fn suffer(&self, outage: Outage) -> Result<Instant> {
        match outage {
            Outage::Killed => {
                self.signal(Signal::KILL)?;
                tokio::time::sleep(OUTAGE).await;
                self.control(&["--wait", "start"])?;
            }
            Outage::Restarted => self.control(&["--wait", "--mode", "fast", "restart"])?,
            Outage::Paused => {
                self.signal(Signal::STOP)?;
                tokio::time::sleep(OUTAGE).await;
                self.signal(Signal::CONT)?;
            }
        }
        Ok(Instant::now())
    }

    /// To the server and the processes that it has for connections.
    fn signal(&self, signal: Signal) -> Result<()> {
        let text = std::fs::read_to_string(self.directory.join("postmaster.pid"))?;
        let id = text.lines().next().and_then(|id| id.parse().ok());
        let id = id.and_then(Pid::from_raw).context("no process id")?;
        Ok(kill_process_group(id, signal)?)
    }

    fn control(&self, arguments: &[&str]) -> Result<()> {
        // PostgreSQL refuses to run as root.
        let mut command = if rustix::process::getuid().is_root() {
            let mut command = Command::new("setpriv");
            command.args([
                "--reuid",
                "postgres",
                "--regid",
                "postgres",
                "--clear-groups",
            ]);
            command.arg("pg_ctl");
            command
        } else {
            Command::new("pg_ctl")
        };
        let log = self.directory.join("log");
        let command = command
            .arg("--pgdata")
            .arg(&self.directory)
            .arg("--log")
            .arg(log);
        let done = command
            .args(arguments)
            .stdout(std::process::Stdio::null())
            .status()?;
        ensure!(done.success(), "pg_ctl: {done}");
        Ok(())
    }
}

fn psql(url: &str, statement: &str) -> Result<String> {
    let output = Command::new("psql")
        .args([
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--command",
            statement,
            url,
        ])
        .output()?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "psql: {complaint}");
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
