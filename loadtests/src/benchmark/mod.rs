//! The cost of hardening: one read, on a bare server, on ours, and on ours with each layer taken out.
//!
//! Servers are processes of their own, on one core; the client has the other, and is lighter than
//! any of them, so what is measured is the server. All variants take short turns in every round and
//! only numbers of one round are compared with each other: what else the machine does changes with
//! the second, and hits them alike. [`variant`] has the list, [`compose`] how a layer is taken out,
//! [`load`] the client, [`report`] what comes of it.

mod bare;
mod chart;
mod compose;
mod ground;
mod load;
mod machine;
mod process;
mod report;
mod variant;

use std::{collections::BTreeMap, path::PathBuf, rc::Rc, time::Duration};

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use tokio::task::LocalSet;

use ground::Ground;
use process::Server;
use report::Measured;
use variant::Variant;

use crate::replicas::server as postgres;

/// Where a process happens to have its memory makes it faster or slower for its whole life, so there
/// are several of each.
const ROUNDS_OF_A_PROCESS: usize = 4;

/// How to measure.
#[derive(Debug, Args)]
pub struct Options {
    /// Rounds; in each, every server has one turn
    #[arg(long, default_value_t = 60)]
    rounds: usize,
    /// Seconds that are measured in a turn
    #[arg(long, default_value_t = 0.4)]
    seconds: f64,
    /// Seconds before them, which are not
    #[arg(long, default_value_t = 0.1)]
    warm_up: f64,
    /// Connections, each with one request at a time
    #[arg(long, default_value_t = 24)]
    connections: usize,
    /// Callers; each connection asks for one of them
    #[arg(long, default_value_t = 1)]
    callers: usize,
    /// Only these variants; the two bare ones are always measured
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Variant>,
    /// A variable laid over the service's settings, such as `APP_DATABASE__MAX_CONNECTIONS=2`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The database of all variants; `postgres` is that of `tests/servers/postgres`
    #[arg(long, value_enum, default_value_t = Engine::Sqlite)]
    engine: Engine,
    /// Where the table and the chart are written
    #[arg(long, value_name = "DIRECTORY", default_value = "docs/benchmark")]
    output: PathBuf,
    /// Where database, keys and request are made, and stay: to profile one server by hand, with
    /// `--rounds 0` first and then `benchmark serve-variant`
    #[arg(long, value_name = "DIRECTORY")]
    ground: Option<PathBuf>,
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engine {
    Sqlite,
    Postgres,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// Serve one variant: what the benchmark starts
    #[command(hide = true)]
    ServeVariant(process::Serve),
}

impl Options {
    fn variants(&self) -> Vec<Variant> {
        let wanted = |variant: &Variant| {
            self.only.is_empty() || variant.is_bare() || self.only.contains(variant)
        };
        Variant::all().filter(wanted).collect()
    }
}

/// Measures, and writes what was found.
///
/// # Errors
/// When a server does not start, or answers anything but the order.
pub fn run(mut options: Options) -> anyhow::Result<()> {
    if let Some(Part::ServeVariant(serve)) = options.part {
        return process::serve(&serve);
    }
    if options.engine == Engine::Postgres {
        let url = postgres::Server::find()?.database()?;
        options.set.push(format!("APP_DATABASE__URL={url}"));
    }
    let [server_core, client_core] = machine::two_cores()?;
    machine::stay_on(client_core)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let turns = runtime.block_on(LocalSet::new().run_until(turns(&options, server_core)))?;
    if turns.is_empty() {
        return Ok(());
    }
    let report = report::Report::of(&turns, options.engine);
    std::fs::create_dir_all(&options.output)?;
    std::fs::write(
        options.output.join("README.md"),
        report.markdown(&options, &machine::describe()),
    )?;
    std::fs::write(options.output.join("cost.svg"), chart::svg(&report))?;
    progress(format_args!("{}", report.verdict()));
    progress(format_args!("written to {}", options.output.display()));
    Ok(())
}

async fn turns(
    options: &Options,
    server_core: usize,
) -> anyhow::Result<BTreeMap<Variant, Vec<Measured>>> {
    let ground =
        Rc::new(Ground::prepare(options.ground.as_deref(), options.callers, &options.set).await?);
    let mut turns: BTreeMap<Variant, Vec<Measured>> = BTreeMap::new();
    let mut started = Vec::new();
    for round in 0..options.rounds {
        progress(format_args!("round {} of {}", round + 1, options.rounds));
        if round % ROUNDS_OF_A_PROCESS == 0 {
            started.clear();
            for variant in options.variants() {
                let server = Server::start(variant, &ground, server_core, &options.set)?;
                started.push((variant, server));
            }
        }
        // Forth and back, so that a drift within the round favours nobody.
        started.reverse();
        for (variant, server) in &started {
            let measured = load::turn(server, &ground, options).await;
            let measured = measured.with_context(|| format!("variant {}", variant.name()))?;
            progress(format_args!("  {:<24} {measured}", variant.name()));
            turns.entry(*variant).or_default().push(measured);
        }
    }
    Ok(turns)
}

impl Options {
    fn warm_up(&self) -> Duration {
        Duration::from_secs_f64(self.warm_up)
    }

    fn time(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }
}

#[expect(
    clippy::print_stderr,
    reason = "a measurement of minutes says where it is"
)]
fn progress(line: std::fmt::Arguments<'_>) {
    eprintln!("{line}");
}
