//! Load tests of the rate limiter: each scenario is an attack, or the normal use beside it, with a
//! verdict and the numbers behind it.
//!
//! Read `scenarios/mod.rs` for the list, one scenario for how it argues, then `crowd.rs` (load, by
//! goose) and `probe.rs` (exact counting). `docs/load-tests.md` explains the report.

#[cfg(feature = "in-process")]
mod benchmark;
mod cost;
mod crowd;
mod curve;
mod probe;
mod quotas;
mod replicas;
mod report;
#[cfg(feature = "in-process")]
mod rows;
mod scenarios;
mod service;
mod target;

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result, ensure};
use clap::{Args, Parser, Subcommand};

use report::Chapter;
use scenarios::{Place, Profile, Scenario, Stage};
use service::Program;
use target::Target;

/// Attack the rate limiter, and say whether it holds.
#[derive(Parser)]
#[command(name = "loadtests", version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run one scenario
    Scenario {
        name: Scenario,
        #[command(flatten)]
        run: Run,
    },
    /// Run them all
    All {
        #[command(flatten)]
        run: Run,
    },
    /// What the hardening costs: the same read on bare servers and on ours, layer by layer
    #[cfg(feature = "in-process")]
    Benchmark(benchmark::Options),
    /// Two replicas behind HAProxy, stopped and started one after the other: no request may fail
    Rolling(replicas::rolling::Options),
    /// PostgreSQL is killed, restarted and paused under load: nothing is lost, nothing is made twice
    Outage(replicas::outage::Options),
    /// A million rows beside a thousand, on each engine: what a client sees of reads, pages, creations
    #[cfg(feature = "in-process")]
    Rows(rows::Options),
}

#[derive(Args)]
struct Run {
    /// How long and how much
    #[arg(long, value_enum, default_value_t = Profile::Short)]
    profile: Profile,
    /// The program to start (default: a release build of the crate around this one)
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    service: Option<PathBuf>,
    /// Attack a service that runs already, https://host:port
    #[arg(long, requires = "token")]
    url: Option<String>,
    /// Its certificate authority, PEM (default: the system's)
    #[arg(long, value_name = "FILE", requires = "url")]
    ca: Option<PathBuf>,
    /// A token for it; several of different subjects make more users
    #[arg(long, requires = "url")]
    token: Vec<String>,
    /// Write the report there as Markdown, its drawings beside it
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

impl Run {
    fn stage(&self) -> Result<Stage> {
        let place = match &self.url {
            None => Place::Own(Program::find(self.service.clone())?),
            Some(url) => {
                let ca = self.ca.as_ref().map(fs::read).transpose();
                let ca = ca.context("the certificate authority cannot be read")?;
                ensure!(url.starts_with("https://"), "--url wants https://");
                Place::Foreign {
                    target: Target::new(url, ca.as_deref())?,
                    tokens: self.token.clone(),
                }
            }
        };
        Ok(Stage {
            place,
            profile: self.profile,
        })
    }
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Scenario { name, run } => attack(&[name], &run),
        Command::All { run } => attack(&Scenario::all(), &run),
        #[cfg(feature = "in-process")]
        Command::Benchmark(options) => benchmark::run(options).map(|()| true),
        Command::Rolling(options) => within_runtime(replicas::rolling::run(&options)),
        #[cfg(feature = "in-process")]
        Command::Rows(options) => within_runtime(rows::run(&options)).map(|()| true),
        Command::Outage(options) => within_runtime(replicas::outage::run(&options)),
    };
    match outcome {
        Ok(false) => ExitCode::FAILURE,
        Ok(true) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn within_runtime<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Runtime::new()?.block_on(work)
}

/// Whether all verdicts are PASS.
fn attack(scenarios: &[Scenario], run: &Run) -> Result<bool> {
    let chapters = within_runtime(execute(scenarios, run))?;
    Ok(!chapters.iter().any(Chapter::failed))
}

async fn execute(scenarios: &[Scenario], run: &Run) -> Result<Vec<Chapter>> {
    let stage = run.stage()?;
    let mut chapters = Vec::new();
    for scenario in scenarios {
        chapters.push(scenario.perform(&stage).await);
    }
    print!("{}", report::table(&chapters));
    if let Some(file) = &run.report {
        report::write(file, &stage.described(), &chapters)?;
    }
    Ok(chapters)
}
