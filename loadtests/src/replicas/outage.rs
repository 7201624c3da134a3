//! PostgreSQL is killed, restarted and paused under load. Every creation is asked for again, with its
//! idempotency key, until it is acknowledged; then what is stored must be what was acknowledged, once each.
//!
//! It runs inside `tests/servers/postgres`, whose server nothing else uses.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use clap::Args;
use rustix::process::Signal;
use tokio_rustls::TlsConnector;

use super::{
    Replica,
    client::Connection,
    server::{Server, execute},
    trusting,
};
use crate::{quotas::Quotas, service::Program};

/// Under load before the outage, and after it.
const AROUND: Duration = Duration::from_secs(3);
/// How long it lasts.
const OUTAGE: Duration = Duration::from_secs(4);
/// Longer than every timeout: of connections, statements, locks, requests.
const LONG: Duration = Duration::from_secs(40);
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
    Paused(Duration),
}

impl Outage {
    const ALL: [Self; 4] = [
        Self::Killed,
        Self::Restarted,
        Self::Paused(OUTAGE),
        Self::Paused(LONG),
    ];

    fn name(self) -> String {
        match self {
            Self::Killed => "killed (-9), started again".to_owned(),
            Self::Restarted => "restarted".to_owned(),
            Self::Paused(time) => format!("paused (SIGSTOP) for {} s", time.as_secs()),
        }
    }

    /// Makes it; when the server was back.
    async fn befall(self, server: &Server) -> Result<Instant> {
        match self {
            Self::Killed => {
                server.signal(Signal::KILL)?;
                tokio::time::sleep(OUTAGE).await;
                server.control(&["--wait", "start"])?;
            }
            Self::Restarted => server.control(&["--wait", "--mode", "fast", "restart"])?,
            Self::Paused(time) => {
                server.signal(Signal::STOP)?;
                tokio::time::sleep(time).await;
                server.signal(Signal::CONT)?;
            }
        }
        Ok(Instant::now())
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
    server.wait_for_the_disk()?;
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
    let back = outage.befall(server).await?;
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
    let stored = execute(&url, "SELECT id FROM orders")?;
    let stored: BTreeSet<String> = stored.lines().map(str::to_owned).collect();
    let acknowledged = seen
        .acknowledged
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
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
            if let Ok(id) = ask(&mut connection, port, &tls, &request).await {
                break id;
            }
            connection = None;
            seen.failed.fetch_add(1, Relaxed);
            tokio::time::sleep(AGAIN).await;
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
