//! Load: groups of goose users, each group asking its own question at its own pace, for some seconds.
//! What each group saw is a [`Tally`].
//!
//! A paced user keeps an absolute schedule and never makes up for a turn it missed: a hiccup of the
//! machine may make it slower, never faster, than it says.

use std::{
    collections::BTreeMap,
    fs::File,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use goose::{config::GooseConfiguration, metrics::GooseRequestMetricAggregate, prelude::*};
use reqwest::{Client, RequestBuilder};
use tokio::time::sleep_until;

use crate::{
    cost::{counted, number},
    probe,
    target::Target,
};

/// One user's next request. The turn counts from 0, over all users of the group.
pub type Question = Arc<dyn Fn(&Target, &Client, Turn) -> RequestBuilder + Send + Sync>;

#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// Which user of the group.
    pub user: usize,
    /// Which request of the group.
    pub number: usize,
}

/// Users who ask the same question.
#[derive(Clone)]
pub struct Group {
    pub name: &'static str,
    pub users: usize,
    /// Each user's requests a second; none is as fast as answers come.
    pub per_second: Option<f64>,
    /// The status that most answers have; the others cost the framework more to count.
    pub expected: u16,
    pub question: Question,
}

/// What a group saw.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub by_status: BTreeMap<u16, usize>,
    /// Milliseconds to the head of the answer.
    pub p50: f64,
    pub p99: f64,
    /// From the first user's start to the last one's end.
    pub seconds: f64,
}

impl Tally {
    #[must_use]
    pub fn requests(&self) -> usize {
        self.by_status.values().sum()
    }

    #[must_use]
    pub fn per_second(&self) -> f64 {
        counted(self.requests()) / self.seconds
    }

    #[must_use]
    pub fn with_status(&self, status: u16) -> usize {
        self.by_status.get(&status).copied().unwrap_or_default()
    }

    #[must_use]
    pub fn refused(&self) -> usize {
        self.with_status(429)
    }

    /// Answers that no client should get, and requests without an answer.
    #[must_use]
    pub fn broken(&self) -> usize {
        let broken = |status: u16| status == 0 || status >= 500;
        let counts = self.by_status.iter();
        counts
            .filter(|&(&status, _)| broken(status))
            .map(|(_, count)| count)
            .sum()
    }

    #[must_use]
    pub fn statuses(&self) -> String {
        probe::statuses(self.by_status.clone())
    }

    #[must_use]
    pub fn latency(&self) -> String {
        format!("p50 {:.2} ms, p99 {:.2} ms", self.p50, self.p99)
    }

    fn new(metric: &GooseRequestMetricAggregate, seconds: f64) -> Self {
        let milliseconds = |share| number(metric.raw_data.percentile_us(share)) / 1000.0;
        Self {
            by_status: metric
                .status_code_counts
                .iter()
                .map(|(&status, &count)| (status, count))
                .collect(),
            p50: milliseconds(0.5),
            p99: milliseconds(0.99),
            seconds,
        }
    }
}

/// A user's place in its group, and when its next turn is.
#[derive(Clone)]
struct Place {
    user: usize,
    every: Option<Duration>,
    next: Instant,
}

impl Place {
    /// When this turn is. Who comes a whole turn too late begins a new schedule.
    fn turn(&mut self) -> Option<Instant> {
        let every = self.every?;
        let due = self.next.max(Instant::now());
        let missed = due > self.next + every;
        self.next = if missed { due } else { self.next } + every;
        Some(due)
    }
}

/// Sends the groups against the target at the same time, and tallies each.
pub async fn send(target: &Target, seconds: u64, groups: &[Group]) -> Result<Vec<Tally>> {
    let mut attack = GooseAttack::initialize_with_config(configuration(target, seconds, groups))?;
    for group in groups {
        attack = attack.register_scenario(scenario(target, group)?);
    }
    let started = Instant::now();
    let metrics = silently(Box::pin(attack.execute())).await??;
    let seconds = started.elapsed().as_secs_f64();
    let tally = |group: &Group| {
        let metrics = metrics.requests.values();
        let mut metrics = metrics.filter(|metric| metric.path == group.name);
        metrics
            .next()
            .map(|metric| Tally::new(metric, seconds))
            .with_context(|| format!("{} asked nothing", group.name))
    };
    groups.iter().map(tally).collect()
}

/// What goose prints while it works is not part of the report.
async fn silently<T>(work: impl Future<Output = T>) -> Result<T> {
    let stdout = rustix::io::dup(std::io::stdout())?;
    rustix::stdio::dup2_stdout(File::options().write(true).open("/dev/null")?)?;
    let done = work.await;
    rustix::stdio::dup2_stdout(stdout)?;
    Ok(done)
}

fn configuration(target: &Target, seconds: u64, groups: &[Group]) -> GooseConfiguration {
    let mut configuration = GooseConfiguration::default();
    configuration.host = Some(target.base.clone());
    configuration.users = Some(groups.iter().map(|group| group.users).sum());
    configuration.increase_rate = Some("1000".to_owned());
    configuration.run_time = Some(seconds.to_string());
    // Requests made while the users arrive count too.
    configuration.no_reset_metrics = true;
    configuration.quiet = 1;
    configuration.no_print_metrics = true;
    configuration.no_error_summary = true;
    configuration.no_transaction_metrics = true;
    configuration.no_scenario_metrics = true;
    configuration.no_telnet = true;
    configuration.no_gzip = true;
    configuration
}

fn scenario(target: &Target, group: &Group) -> Result<Scenario> {
    let arriving = Arc::new(AtomicUsize::new(0));
    let (base, pace) = (target.clone(), group.per_second);
    let arrive: TransactionFunction = Arc::new(move |user| {
        let (target, arriving) = (base.clone(), arriving.clone());
        Box::pin(async move {
            user.set_client_builder(target.builder()).await?;
            user.set_session_data(Place {
                user: arriving.fetch_add(1, Ordering::Relaxed),
                every: pace.map(|per_second| Duration::from_secs_f64(1.0 / per_second)),
                next: Instant::now(),
            });
            Ok(())
        })
    });
    let turns = Arc::new(AtomicUsize::new(0));
    let (target, asking) = (target.clone(), group.clone());
    let ask: TransactionFunction = Arc::new(move |user| {
        let (target, group, turns) = (target.clone(), asking.clone(), turns.clone());
        Box::pin(async move { take_turn(user, &target, &group, &turns).await })
    });
    Ok(Scenario::new(group.name)
        .set_weight(group.users)?
        .register_transaction(Transaction::new(arrive).set_on_start())
        .register_transaction(Transaction::new(ask)))
}

async fn take_turn(
    user: &mut GooseUser,
    target: &Target,
    group: &Group,
    turns: &AtomicUsize,
) -> TransactionResult {
    let mut number = 0;
    if let Some(place) = user.get_session_data_mut::<Place>() {
        number = place.user;
        if let Some(due) = place.turn() {
            sleep_until(due.into()).await;
        }
    }
    let turn = Turn {
        user: number,
        number: turns.fetch_add(1, Ordering::Relaxed),
    };
    let question = (group.question)(target, &user.client, turn);
    let request = GooseRequest::builder()
        .name(group.name)
        .expect_status_code(group.expected)
        .set_request_builder(question)
        .build();
    let answer = user.request(request).await?;
    // Read to its end, so that the connection is used again.
    if let Ok(response) = answer.response {
        response.bytes().await.ok();
    }
    Ok(())
}
