//! The arithmetic of rate limiting: a refusal is only worth having when it is far cheaper than what it
//! refuses. Measured where it counts, as the service's own processor time for each request.
//!
//! Each kind of request is sent as fast as it goes for a second or more, in rounds; the cheapest round
//! of each kind counts, because other work of the machine can only add.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use anyhow::{Result, ensure};

use super::{
    Stage,
    abuser::one,
    create, order,
    stuffing::{forgery, sent_from},
};
use crate::{
    cost::{counted, processor_seconds},
    crowd::{self, Group, Question},
    probe::ask,
    quotas::{Bucket, Quota, Quotas},
    report::Findings,
    service::Service,
    target::{FORWARDED_FOR, TOKEN_PATH},
};

pub const ABOUT: &str =
    "The service's processor time for each kind of refusal, beside what is served.";

const TIGHT: Bucket = Bucket {
    per_second: 1.0,
    burst: 5,
};

/// A kind of request.
struct Kind<'a> {
    name: &'static str,
    service: &'a Service,
    expected: u16,
    question: Question,
    /// Microseconds, in the cheapest round.
    least: f64,
}

pub async fn run(stage: &Stage) -> Result<Findings> {
    let mut findings = Findings::default();
    let program = stage.program()?;
    let far = Quotas::far().behind_a_proxy();
    // One where an address is soon refused, and one where callers and credentials are.
    let crowded = program
        .start(&far.clone().with(Quota::Address, TIGHT))
        .await?;
    let strict = far
        .with(Quota::FailedAuthentication, TIGHT)
        .with(Quota::UnknownTokens, TIGHT)
        .with(Quota::Caller, TIGHT);
    let strict = program.start(&strict).await?;
    let mut kinds = refusals(&crowded, &strict)?;
    kinds.extend(served(&crowded).await?);

    for _ in 0..stage.profile.choose(2, 5) {
        for kind in &mut kinds {
            let spent = microseconds(kind, stage.profile.choose(1, 3)).await?;
            kind.least = kind.least.min(spent);
        }
    }
    let least = |name: &str| {
        let mut kinds = kinds.iter().filter(|kind| kind.name == name);
        kinds.next().map_or(f64::NAN, |kind| kind.least)
    };
    for kind in &kinds {
        let (name, status) = (kind.name, kind.expected);
        findings.note(format!("{status}: {name}"), format!("{:.0} µs", kind.least));
    }
    for (claim, cheap, dear, share) in [
        (
            "a refused address costs at most 60 % of a read",
            ADDRESS,
            READ,
            0.6,
        ),
        (
            "a refused address costs at most 40 % of a change",
            ADDRESS,
            CHANGE,
            0.4,
        ),
        (
            "credentials refused unread cost at most 60 % of a check",
            UNREAD,
            CHECKED,
            0.6,
        ),
        (
            "a refused caller costs at most half of a read",
            CALLER,
            READ,
            0.5,
        ),
    ] {
        let ratio = least(cheap) / least(dear);
        findings.check(claim, ratio <= share, format!("{:.0} %", ratio * 100.0));
    }
    crowded.stop().await?;
    strict.stop().await?;
    Ok(findings)
}

const ADDRESS: &str = "the address is over its quota";
const UNREAD: &str = "the address had too many failures, the token is not read";
const CALLER: &str = "the caller is over its quota";
const CHECKED: &str = "a forged token, its signature checked";
const READ: &str = "an order read";
const CHANGE: &str = "an order made";

fn refusals<'a>(crowded: &'a Service, strict: &'a Service) -> Result<Vec<Kind<'a>>> {
    let known: Arc<str> = crowded.editor("alice")?.into();
    let flooding: Question = Arc::new(move |target, client, _| {
        let request = target.get(client, TOKEN_PATH).bearer_auth(&known);
        request.header(FORWARDED_FOR, "198.51.100.66")
    });
    let greedy: Arc<str> = strict.editor("bob")?.into();
    let asking: Question = Arc::new(move |target, client, turn| {
        let request = target.get(client, TOKEN_PATH).bearer_auth(&greedy);
        request.header(FORWARDED_FOR, new_address(turn.number))
    });
    let forged = forgery(&strict.editor("alice")?)?;
    let guessing = sent_from(forged, |_| "198.51.100.9".to_owned());
    Ok(vec![
        kind(ADDRESS, crowded, 429, flooding),
        kind(UNREAD, strict, 429, guessing),
        kind(CALLER, strict, 429, asking),
    ])
}

async fn served(service: &Service) -> Result<Vec<Kind<'_>>> {
    let token: Arc<str> = service.editor("carol")?.into();
    let path = order(service.target()?, &token).await?;
    let client = service.target()?.client()?;
    for number in 0..20 {
        let request = create(service.target()?, &client, &token);
        ask(request.header(FORWARDED_FOR, new_address(number))).await;
    }
    let reading = |path: String| -> Question {
        let token = token.clone();
        Arc::new(move |target, client, turn| {
            let request = target.get(client, &path).bearer_auth(&token);
            request.header(FORWARDED_FOR, new_address(turn.number))
        })
    };
    let writer: Arc<str> = service.editor("dave")?.into();
    let making: Question = Arc::new(move |target, client, turn| {
        let request = create(target, client, &writer);
        request.header(FORWARDED_FOR, new_address(turn.number))
    });
    let checked = sent_from(forgery(&token)?, new_address);
    Ok(vec![
        kind(CHECKED, service, 401, checked),
        kind(
            "who the caller is",
            service,
            200,
            reading(TOKEN_PATH.to_owned()),
        ),
        kind(READ, service, 200, reading(path)),
        kind(
            "a page of twenty",
            service,
            200,
            reading("/v1/orders?limit=20".to_owned()),
        ),
        kind(CHANGE, service, 201, making),
    ])
}

fn kind<'a>(
    name: &'static str,
    service: &'a Service,
    expected: u16,
    question: Question,
) -> Kind<'a> {
    Kind {
        name,
        service,
        expected,
        question,
        least: f64::INFINITY,
    }
}

/// Each within its quota: none comes again.
fn new_address(_: usize) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let [_, high, middle, low] = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    format!("10.{high}.{middle}.{low}")
}

async fn microseconds(kind: &Kind<'_>, seconds: u64) -> Result<f64> {
    let group = Group {
        name: "cost",
        users: 4,
        per_second: None,
        expected: kind.expected,
        question: kind.question.clone(),
    };
    let id = kind.service.id();
    let before = processor_seconds(id)?;
    let tally = one(crowd::send(kind.service.target()?, seconds, &[group]).await?)?;
    let spent = processor_seconds(id)? - before;
    // The first requests of an address or caller are within its quota.
    let unexpected = tally.requests() - tally.with_status(kind.expected);
    ensure!(
        unexpected * 10 < tally.requests(),
        "{}: {}",
        kind.name,
        tally.statuses()
    );
    Ok(spent / counted(tally.requests()) * 1e6)
}
