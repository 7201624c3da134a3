//! One quota at four replicas, counted by a Valkey or Redis: what all of them together let through is what the quota
//! says, and beside it, what the question to that server adds to a request.
//!
//! The server is that of `TEST_REDIS_URL`: `tests/servers/redis just load shared-quota`.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt as _,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use futures_util::future::try_join_all;
use reqwest::Client;
use tempfile::TempDir;

use super::Stage;
use crate::{
    cost::counted,
    probe::ask,
    quotas::{Bucket, Quota, Quotas},
    replicas::{Replica, private},
    report::Findings,
    service::Program,
    target::{TOKEN_PATH, Target},
};

pub const ABOUT: &str = "Four replicas, together asked for three times one caller's quota, let through one \
    quota. Then a read with and without the question to the server, by turns.";

/// The variables that `tests/servers/redis` sets.
pub const SERVER: &str = "TEST_REDIS_URL";
const AUTHORITY: &str = "TEST_REDIS_CA";

const NAMES: [&str; 4] = ["a", "b", "c", "d"];
/// What all replicas together let through may differ so much from what is stated.
const CLOSE: f64 = 0.05;
const STATED: Bucket = Bucket {
    per_second: 100.0,
    burst: 100,
};
/// Requests a second at each replica: together three times what is stated.
const OFFERED: u32 = 75;
/// Connections at each replica.
const CLIENTS: u32 = 3;

pub async fn run(stage: &Stage) -> Result<Findings> {
    let mut findings = Findings::default();
    let program = stage.program()?;
    let seconds = stage.profile.choose(6, 30);
    let near = Quotas::far().with(Quota::Caller, STATED);
    for shared in [false, true] {
        let fleet = Fleet::start(program, &NAMES, &near, shared).await?;
        let (admitted, took) = fleet.flood(seconds).await?;
        let stated = STATED.at_most(took);
        let measured = format!(
            "{admitted} admitted in {took:.1} s, {stated:.0} stated ({:+.1} %)",
            (counted(admitted) / stated - 1.0) * 100.0
        );
        if shared {
            let close = (counted(admitted) / stated - 1.0).abs() <= CLOSE;
            findings.check("four replicas hold one quota, within 5 %", close, measured);
        } else {
            findings.note("four replicas without it", measured);
        }
    }
    cost(&mut findings, program, stage.profile.choose(6, 20)).await?;
    Ok(findings)
}

/// Replicas with the keys of the first one, and their secret.
struct Fleet {
    _replicas: Vec<Replica>,
    targets: Vec<Target>,
    token: Arc<str>,
    _directory: TempDir,
}

impl Fleet {
    async fn start(
        program: &Program,
        names: &[&'static str],
        quotas: &Quotas,
        shared: bool,
    ) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("quota-").tempdir()?;
        private(directory.path())?;
        let secret = directory.path().join("secret");
        // Of this fleet alone: what others have used at the same server is nothing to it.
        fs::write(&secret, directory.path().display().to_string().repeat(4))?;
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600))?;
        let quotas = if shared {
            quotas
                .clone()
                .setting("RATE_LIMIT__SHARED__URL", &env::var(SERVER)?)
                .setting("RATE_LIMIT__SHARED__CA_FILE", &env::var(AUTHORITY)?)
                .setting(
                    "RATE_LIMIT__SHARED__SECRET_FILE",
                    &secret.display().to_string(),
                )
        } else {
            quotas.clone()
        };
        let mut replicas: Vec<Replica> = Vec::new();
        for &name in names {
            let environment = quotas.environment();
            let environment = environment.map(|(key, value)| (key.to_owned(), value.to_owned()));
            let mut replica = Replica::new(name, program, directory.path(), environment.collect())?;
            if let Some(first) = replicas.first() {
                replica.take_keys_of(first)?;
            }
            replica.start().await?;
            replicas.push(replica);
        }
        let first = replicas.first().context("no replica")?;
        let token = first.editor("alice")?.into();
        let ca = fs::read(first.data_dir.join("dev/ca.pem"))?;
        let target =
            |one: &Replica| Target::new(&format!("https://localhost:{}", one.port), Some(&ca));
        let targets = replicas.iter().map(target).collect::<Result<_>>()?;
        Ok(Self {
            _replicas: replicas,
            targets,
            token,
            _directory: directory,
        })
    }

    /// Each replica is asked at a steady rate for so many seconds: how many requests were served, and from the
    /// first one to the last how long that took.
    async fn flood(&self, seconds: u32) -> Result<(usize, f64)> {
        let each = seconds * OFFERED / CLIENTS;
        let pause = Duration::from_secs(1) * CLIENTS / OFFERED;
        let started = Instant::now();
        let clients = self
            .targets
            .iter()
            .flat_map(|target| (0..CLIENTS).map(move |_| target));
        let served = clients.map(|target| async move {
            let client = target.client()?;
            let mut ticks = tokio::time::interval(pause);
            let mut served = 0;
            for _ in 0..each {
                ticks.tick().await;
                let answer = self.read(target, &client).await;
                ensure!(matches!(answer, 200 | 429), "status {answer}");
                served += usize::from(answer == 200);
            }
            Ok(served)
        });
        let served: Vec<usize> = try_join_all(served).await?;
        Ok((served.iter().sum(), started.elapsed().as_secs_f64()))
    }

    async fn read(&self, target: &Target, client: &Client) -> u16 {
        let request = target.get(client, TOKEN_PATH).bearer_auth(&self.token);
        ask(request).await.status
    }
}

/// The same read at a replica that asks the server and at one that does not, one after the other on one connection
/// each.
async fn cost(findings: &mut Findings, program: &Program, rounds: u32) -> Result<()> {
    const READS: usize = 1000;
    let without = Fleet::start(program, &["without"], &Quotas::far(), false).await?;
    let with = Fleet::start(program, &["with"], &Quotas::far(), true).await?;
    let fleets = [&without, &with];
    let clients: Vec<(&Target, Client)> = fleets
        .iter()
        .map(|fleet| {
            let target = fleet.targets.first().context("no replica")?;
            Ok((target, target.client()?))
        })
        .collect::<Result<_>>()?;
    let mut times: [Vec<f64>; 2] = Default::default();
    for round in 0..rounds {
        for ((fleet, (target, client)), times) in fleets.iter().zip(&clients).zip(&mut times) {
            for _ in 0..READS {
                let sent = Instant::now();
                let status = fleet.read(target, client).await;
                ensure!(status == 200, "status {status}");
                // The first round makes the connection and warms the caches.
                if round > 0 {
                    times.push(sent.elapsed().as_secs_f64() * 1_000_000.0);
                }
            }
        }
    }
    let parts = [50, 99];
    let [without, with] = times.map(|mut times| {
        times.sort_unstable_by(f64::total_cmp);
        parts.map(|part| quantile(&times, part))
    });
    findings.note(
        "a read, seen by its client",
        format!("p50 {:.0} µs, p99 {:.0} µs", without[0], without[1]),
    );
    findings.note(
        "the same with the question to the server",
        format!("p50 {:.0} µs, p99 {:.0} µs", with[0], with[1]),
    );
    findings.note(
        "what the question adds",
        format!(
            "p50 {:+.0} µs, p99 {:+.0} µs",
            with[0] - without[0],
            with[1] - without[1]
        ),
    );
    Ok(())
}

/// The value below which so many hundredths of the sorted `times` lie.
fn quantile(times: &[f64], hundredths: usize) -> f64 {
    let at = times.len() * hundredths / 100;
    times.get(at).copied().unwrap_or(f64::NAN)
}
