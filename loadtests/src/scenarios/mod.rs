//! The scenarios, in the order of the report: first what must go well, then the attacks, last the long
//! one.

mod abuser;
mod burst;
mod costs;
mod distributed;
mod drills;
mod handshakes;
mod seats;
mod shared_quota;
mod soak;
mod spoofing;
mod steady;
mod strangers;
mod stuffing;
mod worst_request;

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use clap::ValueEnum;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::json;

use crate::{
    probe::{Answer, ask},
    quotas::Bucket,
    report::{Chapter, Ending, Findings},
    service::Program,
    target::{TOKEN_PATH, Target},
};

/// How long and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// All of it in about a minute and a half
    Short,
    /// Some minutes, with a million addresses
    Full,
}

impl Profile {
    /// One of two numbers.
    pub fn choose<T>(self, short: T, full: T) -> T {
        match self {
            Self::Short => short,
            Self::Full => full,
        }
    }
}

/// What is attacked.
pub enum Place {
    /// A service started for each part of a scenario, with the quotas that it wants.
    Own(Program),
    /// A service that runs already, with quotas that it tells itself.
    Foreign { target: Target, tokens: Vec<String> },
}

/// Where and how the scenarios are performed.
pub struct Stage {
    pub place: Place,
    pub profile: Profile,
}

impl Stage {
    /// The program to start.
    pub fn program(&self) -> Result<&Program> {
        match &self.place {
            Place::Own(program) => Ok(program),
            Place::Foreign { .. } => bail!("this scenario starts the service itself"),
        }
    }

    /// A line for the report.
    pub fn described(&self) -> String {
        let profile = self.profile.choose("short", "full");
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let whose = match self.place {
            Place::Own(_) => "a service started by each scenario, on the machine of the load",
            Place::Foreign { .. } => "a service that ran already",
        };
        format!("Profile {profile}, against {whose}, {cores} cores.")
    }
}

/// What can be performed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// Users a little below their quota: nobody is refused
    Steady,
    /// More at once than the burst: exactly the burst is served, then the stated rate
    Burst,
    /// One address floods: another one does not notice
    Abuser,
    /// Thousands of addresses of one /64 share one quota
    Distributed,
    /// Forged and guessed tokens: refused unread, and the real owner goes on
    Stuffing,
    /// Header fields, spellings, methods, connections, tokens: none buys a request
    Spoofing,
    /// What a refusal costs the service, beside what it would have served
    Costs,
    /// Inputs grown to every limit: the dearest request, beside an ordinary one
    WorstRequest,
    /// New connections: one too many is hung up on before its handshake
    Handshakes,
    /// Silent clients hold every seat: a new client and the health check get in
    Seats,
    /// Ten thousand refused addresses: a caller's refusal is still on record by name
    Strangers,
    /// An operator contains one caller: within a second in two processes, and another works on
    Drills,
    /// One quota at four replicas, and what counting it elsewhere costs; needs tests/servers/redis
    SharedQuota,
    /// A flood of new addresses: memory stays bounded and comes back
    Soak,
}

impl Scenario {
    pub fn all() -> Vec<Self> {
        Self::value_variants().to_vec()
    }

    fn name(self) -> &'static str {
        match self {
            Self::Steady => "steady",
            Self::Burst => "burst",
            Self::Abuser => "abuser",
            Self::Distributed => "distributed",
            Self::Stuffing => "stuffing",
            Self::Spoofing => "spoofing",
            Self::Costs => "costs",
            Self::WorstRequest => "worst-request",
            Self::Handshakes => "handshakes",
            Self::Seats => "seats",
            Self::Strangers => "strangers",
            Self::Drills => "drills",
            Self::SharedQuota => "shared-quota",
            Self::Soak => "soak",
        }
    }

    fn about(self) -> &'static str {
        match self {
            Self::Steady => steady::ABOUT,
            Self::Burst => burst::ABOUT,
            Self::Abuser => abuser::ABOUT,
            Self::Distributed => distributed::ABOUT,
            Self::Stuffing => stuffing::ABOUT,
            Self::Spoofing => spoofing::ABOUT,
            Self::Costs => costs::ABOUT,
            Self::WorstRequest => worst_request::ABOUT,
            Self::Handshakes => handshakes::ABOUT,
            Self::Seats => seats::ABOUT,
            Self::Strangers => strangers::ABOUT,
            Self::Drills => drills::ABOUT,
            Self::SharedQuota => shared_quota::ABOUT,
            Self::Soak => soak::ABOUT,
        }
    }

    /// Whether it can do with a service whose quotas and proxies it does not choose.
    fn takes_any_service(self) -> bool {
        matches!(self, Self::Steady | Self::Burst | Self::Spoofing)
    }

    /// Runs it, and says how it went.
    pub async fn perform(self, stage: &Stage) -> Chapter {
        let started = Instant::now();
        eprintln!("{}: {}", self.name(), self.about());
        let foreign = matches!(stage.place, Place::Foreign { .. });
        let ending = if foreign && !self.takes_any_service() {
            Ending::Skipped("needs its own service")
        } else if self == Self::SharedQuota && std::env::var_os(shared_quota::SERVER).is_none() {
            Ending::Skipped("run it inside tests/servers/redis")
        } else {
            match self.run(stage).await {
                Ok(findings) => Ending::Ran(findings),
                Err(error) => Ending::Broke(format!("{error:#}")),
            }
        };
        Chapter {
            name: self.name(),
            about: self.about(),
            seconds: started.elapsed().as_secs_f64(),
            ending,
        }
    }

    async fn run(self, stage: &Stage) -> Result<Findings> {
        match self {
            Self::Steady => steady::run(stage).await,
            Self::Burst => burst::run(stage).await,
            Self::Abuser => abuser::run(stage).await,
            Self::Distributed => distributed::run(stage).await,
            Self::Stuffing => stuffing::run(stage).await,
            Self::Spoofing => spoofing::run(stage).await,
            Self::Costs => costs::run(stage).await,
            Self::WorstRequest => worst_request::run(stage).await,
            Self::Handshakes => handshakes::run(stage).await,
            Self::Seats => seats::run(stage).await,
            Self::Strangers => strangers::run(stage).await,
            Self::Drills => drills::run(stage).await,
            Self::SharedQuota => shared_quota::run(stage).await,
            Self::Soak => soak::run(stage).await,
        }
    }
}

/// The caller's bucket, as `RateLimit-Policy` states it: burst `q`, filled in `w` seconds.
fn stated(answer: &Answer) -> Option<Bucket> {
    let policy = answer.header("ratelimit-policy");
    let item = policy
        .split(',')
        .find(|item| item.trim().starts_with("\"caller\""))?;
    let parameter = |name: &str| {
        let mut parameters = item.split(';').filter_map(|one| one.split_once('='));
        parameters
            .find(|(key, _)| key.trim() == name)?
            .1
            .parse::<u32>()
            .ok()
    };
    let (burst, seconds) = (parameter("q")?, parameter("w")?);
    let per_second = f64::from(burst) / f64::from(seconds.max(1));
    Some(Bucket { per_second, burst })
}

/// The same of a service that runs already; and waits until the first caller's bucket is full.
async fn announced(target: &Target, tokens: &[String]) -> Result<Bucket> {
    let token = tokens.first().map_or("", String::as_str);
    let client = target.client()?;
    let answer = ask(target.get(&client, TOKEN_PATH).bearer_auth(token)).await;
    let Some(bucket) = stated(&answer) else {
        bail!("the service states no quota (status {})", answer.status);
    };
    let full = f64::from(bucket.burst) / bucket.per_second;
    ensure!(full <= 300.0, "the quota takes {full:.0} s to fill");
    tokio::time::sleep(Duration::from_secs_f64(full + 1.0)).await;
    Ok(bucket)
}

/// Asks for a new order.
fn create(target: &Target, client: &Client, token: &str) -> RequestBuilder {
    let content = json!({
        "buyer": "Ada Lovelace", "email": "ada@example.com",
        "price_minor": 1999, "currency": "EUR", "wanted_on": "2030-01-31",
    });
    target
        .request(client, Method::POST, "/v1/orders")
        .header("content-type", "application/json")
        .bearer_auth(token)
        .body(content.to_string())
}

/// Makes an order; its path.
async fn order(target: &Target, token: &str) -> Result<String> {
    let answer = ask(create(target, &target.client()?, token)).await;
    ensure!(answer.status == 201, "no order: {}", answer.status);
    Ok(answer.header("location").to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use reqwest::header::{HeaderMap, HeaderValue};

    use super::*;

    #[test]
    fn the_callers_bucket_is_read_from_the_policy() {
        let mut headers = HeaderMap::new();
        let policy = r#""caller";q=200;w=4, "writes";q=100;w=4"#;
        headers.insert("ratelimit-policy", HeaderValue::from_static(policy));
        let mut answer = Answer {
            status: 200,
            sent: Instant::now(),
            received: Instant::now(),
            headers,
            body: String::new(),
        };
        let bucket = Bucket {
            per_second: 50.0,
            burst: 200,
        };
        assert_eq!(stated(&answer), Some(bucket));
        answer.headers.clear();
        assert_eq!(stated(&answer), None);
    }
}
