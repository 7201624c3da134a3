//! One flood beside one user, on the same service: the quotas are per address, so the user must not be
//! refused, and hardly be slowed.
//!
//! Load and service share this machine's cores, so a flood that is as fast as it can be slows the
//! user by what the *flooding client* takes: the verdict is on a flood of a fixed rate. Alone and
//! beside take turns, and the best round of each counts, because other work of the machine can
//! only add.

use std::sync::Arc;

use anyhow::{Context as _, Result};

use super::{Stage, order};
use crate::{
    cost::counted,
    crowd::{self, Group, Question, Tally},
    quotas::{Bucket, Quota, Quotas},
    report::Findings,
    target::{FORWARDED_FOR, Target},
};

pub const ABOUT: &str = "A user reads an order 80 times a second, alone and while another \
    address floods, by turns.";

const BUCKET: Bucket = Bucket {
    per_second: 100.0,
    burst: 100,
};
const USER: &str = "203.0.113.7";
const ABUSER: &str = "198.51.100.66";
const FLOOD_PER_SECOND: f64 = 1000.0;
/// What the user may notice: this many times the latency alone, or so many milliseconds.
const SLOWER: f64 = 2.0;
const NOTICED_MS: f64 = 5.0;

pub async fn run(stage: &Stage) -> Result<Findings> {
    let mut findings = Findings::default();
    let rounds = stage.profile.choose(3, 6);
    let seconds = stage.profile.choose(2, 10);
    let quotas = Quotas::far().with(Quota::Address, BUCKET).behind_a_proxy();
    let service = stage.program()?.start(&quotas).await?;
    let token = service.editor("alice")?;
    let path = order(service.target()?, &token).await?;
    let reading = |from: &'static str| -> Question {
        let (token, path) = (token.clone(), path.clone());
        Arc::new(move |target, client, _| {
            let request = target.get(client, &path).bearer_auth(&token);
            request.header(FORWARDED_FOR, from)
        })
    };
    let user = Group {
        name: "user",
        users: 4,
        per_second: Some(20.0),
        expected: 200,
        question: reading(USER),
    };
    let abuser = |per_second: Option<f64>| Group {
        name: "abuser",
        users: 4,
        per_second,
        expected: 429,
        question: reading(ABUSER),
    };
    let target = service.target()?;
    let steady = abuser(Some(FLOOD_PER_SECOND / 4.0));
    let (mut alone, mut beside, mut floods) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        alone.push(one(crowd::send(
            target,
            seconds,
            std::slice::from_ref(&user),
        )
        .await?)?);
        let (user, flood) = both(target, seconds, &user, &steady).await?;
        beside.push(user);
        floods.push(flood);
    }
    let (own, disturbed) = (best(&alone), best(&beside));
    findings.note("the user alone", latency(own));
    findings.check(
        "the abuser gets its quota and no more",
        floods.iter().all(within_quota),
        described(&floods),
    );
    findings.check(
        "the user is never refused",
        beside.iter().all(|one| one.refused() + one.broken() == 0),
        format!(
            "{} requests",
            beside.iter().map(Tally::requests).sum::<usize>()
        ),
    );
    findings.check(
        "the user hardly notices",
        disturbed.1 <= (own.1 * SLOWER).max(own.1 + NOTICED_MS),
        format!(
            "{}, {:.1} times the p99 alone",
            latency(disturbed),
            disturbed.1 / own.1
        ),
    );

    let (pressed, flood) = both(target, seconds, &user, &abuser(None)).await?;
    findings.check(
        "nor is it refused beside all that four connections can send",
        pressed.refused() + pressed.broken() == 0 && within_quota(&flood),
        format!("{}; {}", pressed.latency(), described(&[flood])),
    );
    service.stop().await?;
    Ok(findings)
}

async fn both(
    target: &Target,
    seconds: u64,
    user: &Group,
    abuser: &Group,
) -> Result<(Tally, Tally)> {
    let tallies = crowd::send(target, seconds, &[user.clone(), abuser.clone()]).await?;
    let mut tallies = tallies.into_iter();
    tallies
        .next()
        .zip(tallies.next())
        .context("two groups, two tallies")
}

fn within_quota(flood: &Tally) -> bool {
    counted(flood.with_status(200)) <= BUCKET.at_most(flood.seconds) && flood.refused() > 0
}

fn described(floods: &[Tally]) -> String {
    let each = floods.iter().map(|flood| {
        let (rate, served) = (flood.per_second(), flood.with_status(200));
        format!("{rate:.0}/s for {:.1} s: {served} served", flood.seconds)
    });
    format!("{} ({BUCKET})", each.collect::<Vec<_>>().join("; "))
}

/// The lowest p50 and p99 of all rounds.
pub fn best(rounds: &[Tally]) -> (f64, f64) {
    let least = |of: fn(&Tally) -> f64| rounds.iter().map(of).fold(f64::INFINITY, f64::min);
    (least(|tally| tally.p50), least(|tally| tally.p99))
}

pub fn latency((p50, p99): (f64, f64)) -> String {
    format!("p50 {p50:.2} ms, p99 {p99:.2} ms")
}

/// The only group's tally.
pub fn one(tallies: Vec<Tally>) -> Result<Tally> {
    tallies.into_iter().next().context("a group, a tally")
}
