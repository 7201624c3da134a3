//! A rolling update: two replicas behind a balancer, stopped and started again one after the other,
//! while strict clients keep asking. No request may fail.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use anyhow::{Result, ensure};
use clap::Args;

use super::{
    Replica,
    client::{self, Tally},
    haproxy::{Haproxy, Mode},
    trusting,
};
use crate::{quotas::Quotas, service::Program};

/// The balancer asks five times in a second, so it has noticed long before this.
const DELAY: &str = "2";
/// Under load between two steps.
const BETWEEN: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub struct Options {
    /// The program to start (default: a release build of the fixture)
    #[arg(long, value_name = "FILE")]
    service: Option<PathBuf>,
    /// Clients, each with a connection that it keeps
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// How often each replica is stopped and started
    #[arg(long, default_value_t = 2)]
    rounds: usize,
    /// `shutdown.delay_seconds`; 0 shows what the delay is for
    #[arg(long, default_value = DELAY)]
    delay: String,
}

/// What one run has shown.
struct Outcome {
    requests: u64,
    connections: u64,
    failures: Vec<String>,
    longest_stop: Duration,
}

/// Whether no request failed.
pub async fn run(options: &Options) -> Result<bool> {
    let program = Program::find(options.service.clone())?;
    let mut good = true;
    println!("| balancer | stops | requests | connections | failed | longest stop |");
    println!("|---|---:|---:|---:|---:|---:|");
    for mode in [Mode::PassThrough, Mode::ReEncrypt] {
        let outcome = roll(mode, &program, options).await?;
        println!(
            "| {} | {} | {} | {} | {} | {:.1} s |",
            mode.name(),
            2 * options.rounds,
            outcome.requests,
            outcome.connections,
            outcome.failures.len(),
            outcome.longest_stop.as_secs_f64(),
        );
        for failure in outcome.failures.iter().take(5) {
            eprintln!("failed: {failure}");
        }
        good &= outcome.failures.is_empty();
    }
    Ok(good)
}

async fn roll(mode: Mode, program: &Program, options: &Options) -> Result<Outcome> {
    let directory = tempfile::Builder::new().prefix("rolling-").tempdir()?;
    super::private(directory.path())?;
    // One database for both: on one machine SQLite can do that.
    let database = directory.path().join("database");
    fs::create_dir(&database)?;
    super::private(&database)?;
    let url = format!("sqlite:{}/app.db", database.display());
    let quotas = Quotas::far()
        .setting("DATABASE__URL", &url)
        .setting("PER_OWNER__ROWS", "1000000")
        .setting("SHUTDOWN__DELAY_SECONDS", &options.delay);
    let replica = |name| {
        let environment = quotas.environment();
        let environment = environment.map(|(key, value)| (key.to_owned(), value.to_owned()));
        Replica::new(name, program, directory.path(), environment.collect())
    };
    let (mut first, mut second) = (replica("a")?, replica("b")?);
    first.start().await?;
    second.take_keys_of(&first)?;
    second.start().await?;
    let token = first.editor("alice")?;
    let ca = fs::read(first.data_dir.join("dev/ca.pem"))?;
    let mut replicas = [first, second];
    let balancer = Haproxy::start(mode, directory.path(), &replicas).await?;

    let tally = Arc::new(Tally::default());
    let tls = trusting(&ca)?;
    let clients: Vec<_> = (0..options.clients)
        .map(|_| {
            let client = client::run(balancer.port, tls.clone(), token.clone(), tally.clone());
            tokio::spawn(client)
        })
        .collect();
    tokio::time::sleep(BETWEEN).await;
    let mut longest_stop = Duration::ZERO;
    for _ in 0..options.rounds {
        for replica in &mut replicas {
            longest_stop = longest_stop.max(replica.stop().await?);
            replica.start().await?;
            tokio::time::sleep(BETWEEN).await;
        }
    }
    tally.stop();
    for client in clients {
        client.await?;
    }
    let requests = tally.requests.load(Relaxed);
    ensure!(requests > 0, "no client has asked anything");
    Ok(Outcome {
        requests,
        connections: tally.connections.load(Relaxed),
        failures: tally.failures(),
        longest_stop,
    })
}
