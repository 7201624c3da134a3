//! More at once than allowed. Counted request by request: exactly the burst is served, not one more
//! however many arrive in the same instant; each refusal says truly how long to wait; and what is
//! served after that is what the rate says, no more (a fixed window would serve twice) and no less.

use std::time::{Duration, Instant};

use anyhow::Result;
use reqwest::{Client, RequestBuilder};

use super::{Place, Stage, announced, create};
use crate::{
    cost::{counted, number},
    probe::{Answer, Volley, ask, volley},
    quotas::{Bucket, Quota, Quotas},
    report::Findings,
    target::{TOKEN_PATH, Target},
};

pub const ABOUT: &str = "Twice the burst at once, over 16 connections: exactly the burst is served \
    (plus what the rate adds meanwhile). Then Retry-After is true, and the stated rate is served.";

const WIDTH: usize = 16;
/// Tries of the impatient client that measures the rate: several for each request that is served.
const TRIES_A_SECOND: f64 = 50.0;
const TRIES_A_REQUEST: f64 = 3.0;

pub async fn run(stage: &Stage) -> Result<Findings> {
    let mut findings = Findings::default();
    let watch = stage.profile.choose(2.0, 15.0);
    let program = match &stage.place {
        Place::Own(program) => program,
        Place::Foreign { target, tokens } => {
            let token = tokens.first().cloned().unwrap_or_default();
            let bucket = announced(target, tokens).await?;
            let read = |client: &Client| target.get(client, TOKEN_PATH).bearer_auth(&token);
            flood(&mut findings, target, "caller", bucket, watch, read).await?;
            return Ok(findings);
        }
    };

    let slow = Bucket {
        per_second: 0.4,
        burst: 20,
    };
    let service = program
        .start(&Quotas::far().with(Quota::Address, slow))
        .await?;
    let target = service.target()?;
    let anonymous = |client: &Client| target.get(client, TOKEN_PATH);
    flood(&mut findings, target, "address", slow, 4.0, anonymous).await?;
    service.stop().await?;

    let quick = Bucket {
        per_second: 10.0,
        burst: 50,
    };
    let quotas = Quotas::far()
        .with(Quota::Caller, quick)
        .setting("RATE_LIMIT__PER_CALLER__WRITES_SHARE", "0.5");
    let service = program.start(&quotas).await?;
    let target = service.target()?;
    let alice = service.editor("alice")?;
    let read = |client: &Client| target.get(client, TOKEN_PATH).bearer_auth(&alice);
    flood(&mut findings, target, "caller", quick, watch, read).await?;
    let bob = service.editor("bob")?;
    let half = Bucket {
        per_second: 5.0,
        burst: 25,
    };
    let write = |client: &Client| create(target, client, &bob);
    flood(&mut findings, target, "writes", half, watch, write).await?;
    service.stop().await?;
    Ok(findings)
}

async fn flood(
    findings: &mut Findings,
    target: &Target,
    quota: &str,
    bucket: Bucket,
    watch: f64,
    request: impl Fn(&Client) -> RequestBuilder,
) -> Result<()> {
    let client = target.client()?;
    let asked = usize::try_from(bucket.burst)? * 2;
    let first_sent = Instant::now();
    let volley = volley((0..asked).map(|_| request(&client)).collect(), WIDTH).await;
    served_exactly(findings, quota, bucket, asked, &volley);
    refused_properly(findings, quota, &volley);

    let pace = TRIES_A_SECOND.max(bucket.per_second * TRIES_A_REQUEST);
    let tries = keep_trying(watch, pace, || request(&client)).await;
    let waits = waits(&tries);
    findings.check(
        format!("{quota}: Retry-After is the wait, rounded up"),
        !waits.is_empty() && waits.iter().all(Wait::is_true),
        waits
            .first()
            .map_or("never served again".to_owned(), |longest| {
                format!(
                    "said {} s, was {:.2} s; {} refusals agree",
                    longest.said,
                    longest.was,
                    waits.iter().filter(|wait| wait.is_true()).count()
                )
            }),
    );

    let last = tries.last().map_or(first_sent, |answer| answer.received);
    let seconds = last.duration_since(first_sent).as_secs_f64();
    let through = volley.let_through() + tries.iter().filter(|one| one.let_through()).count();
    let expected = bucket.at_most(seconds);
    // What filled in a pause of ours is still in the bucket when we stop.
    let slack = 1.0 + (bucket.per_second * pause(&tries)).ceil();
    findings.check(
        format!("{quota}: then the stated rate is served, no more and no less"),
        counted(through) <= expected && counted(through) >= expected - slack,
        format!("{through} served in {seconds:.2} s, {expected} stated ({bucket})"),
    );
    Ok(())
}

fn served_exactly(
    findings: &mut Findings,
    quota: &str,
    bucket: Bucket,
    asked: usize,
    volley: &Volley,
) {
    let through = counted(volley.let_through());
    findings.check(
        format!("{quota}: exactly the burst is served"),
        through >= f64::from(bucket.burst) && through <= bucket.at_most(volley.seconds()),
        format!(
            "{asked} in {:.0} ms: {} (burst {})",
            volley.seconds() * 1000.0,
            volley.statuses(),
            bucket.burst
        ),
    );
}

fn refused_properly(findings: &mut Findings, quota: &str, volley: &Volley) {
    let kind = format!("/problems/{quota}-quota-exceeded");
    let proper = |answer: &Answer| {
        answer.header("content-type") == "application/problem+json"
            && answer.problem() == kind
            && answer.header("cache-control") == "no-store"
            && answer.retry_after().is_some()
    };
    let refused: Vec<&Answer> = volley.0.iter().filter(|one| one.refused()).collect();
    let good = refused.iter().filter(|one| proper(one)).count();
    findings.check(
        format!("{quota}: refusals are problems that say when to come back"),
        good == refused.len() && good > 0,
        format!("{good} of {}: {kind}", refused.len()),
    );
}

/// Asks again and again, one request at a time.
async fn keep_trying(
    seconds: f64,
    per_second: f64,
    request: impl Fn() -> RequestBuilder,
) -> Vec<Answer> {
    let pause = Duration::from_secs_f64(1.0 / per_second);
    let started = Instant::now();
    let mut answers = Vec::new();
    while started.elapsed().as_secs_f64() < seconds {
        answers.push(ask(request()).await);
        tokio::time::sleep(pause).await;
    }
    answers
}

/// What a refusal said, and what it turned out to be.
struct Wait {
    said: u64,
    was: f64,
    /// Until the try before the one that was served.
    at_least: f64,
}

impl Wait {
    fn is_true(&self) -> bool {
        let said = number(self.said);
        // Served no later than said (but for the way there), and not said a second too long.
        said >= 1.0 && self.at_least <= said && said < self.was.max(1e-3) + 1.0
    }
}

/// Each refusal before the first request that was served again.
fn waits(tries: &[Answer]) -> Vec<Wait> {
    // What filled during the volley may serve the first tries.
    let refusals = tries.iter().skip_while(|one| one.let_through());
    let refusals: Vec<&Answer> = refusals.collect();
    let served = refusals.iter().position(|one| one.let_through());
    let Some((before, [again, ..])) = served.map(|at| refusals.split_at(at)) else {
        return Vec::new();
    };
    let Some(last_refused) = before.last() else {
        return Vec::new();
    };
    let seconds = |from: Instant, to: Instant| to.duration_since(from).as_secs_f64();
    before
        .iter()
        .map(|refusal| Wait {
            said: refusal.retry_after().unwrap_or_default(),
            was: seconds(refusal.sent, again.received),
            at_least: seconds(refusal.received, last_refused.sent),
        })
        .collect()
}

/// The longest time between two tries, or after the last.
fn pause(tries: &[Answer]) -> f64 {
    let pauses = tries.windows(2).filter_map(|pair| {
        let [one, next] = pair else { return None };
        Some(next.received.duration_since(one.sent).as_secs_f64())
    });
    pauses.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderValue};

    use super::*;

    /// Tries at these tenths of a second; the served ones have no wait.
    fn tries(tries: &[(u64, Option<&'static str>)]) -> Vec<Answer> {
        let started = Instant::now();
        let answer = |&(tenths, wait): &(u64, Option<&'static str>)| {
            let at = started + Duration::from_millis(100 * tenths);
            let mut headers = HeaderMap::new();
            if let Some(wait) = wait {
                headers.insert("retry-after", HeaderValue::from_static(wait));
            }
            Answer {
                status: if wait.is_some() { 429 } else { 200 },
                sent: at,
                received: at + Duration::from_millis(1),
                headers,
                body: String::new(),
            }
        };
        tries.iter().map(answer).collect()
    }

    fn all_true(given: &[(u64, Option<&'static str>)]) -> bool {
        let waits = waits(&tries(given));
        !waits.is_empty() && waits.iter().all(Wait::is_true)
    }

    #[test]
    fn a_wait_rounded_up_is_true() {
        assert!(all_true(&[
            (0, Some("3")),
            (10, Some("2")),
            (24, Some("1")),
            (25, None)
        ]));
        assert!(all_true(&[(0, None), (1, Some("1")), (2, None)]));
    }

    #[test]
    fn a_wait_too_short_or_too_long_is_not() {
        assert!(!all_true(&[(0, Some("2")), (24, Some("1")), (25, None)]));
        assert!(!all_true(&[(0, Some("4")), (24, Some("1")), (25, None)]));
        assert!(!all_true(&[(0, Some("3")), (24, Some("0")), (25, None)]));
        assert!(!all_true(&[(0, Some("3"))]), "never served again");
    }
}
