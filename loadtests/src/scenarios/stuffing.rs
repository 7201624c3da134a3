//! Guessing credentials in bulk. After a burst of failures an address's new tokens go through a lane of
//! bounded width, and what it cannot take is refused before any signature is checked, so guessing is
//! neither fast nor a way to burn the service's processor. And it must not lock out anybody: who is known
//! goes on, who is new at the same address comes in as long as the lane is not full, and the subject whose
//! name the forger uses does not notice at all.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};

use super::Stage;
use crate::{
    cost::counted,
    crowd::{self, Group, Question, Tally},
    probe::ask,
    quotas::{Bucket, Quota, Quotas},
    report::Findings,
    service::Service,
    target::{FORWARDED_FOR, TOKEN_PATH},
};

pub const ABOUT: &str = "Forged tokens of alice, a new one each time, from one address, while alice \
    works at the same address. After the burst the lane looks at a few, and the others are 429, unread; \
    alice is served all along, and her neighbours come in with new tokens.";

const BUCKET: Bucket = Bucket {
    per_second: 2.0,
    burst: 20,
};
/// For all addresses without failures left.
const LANE: Bucket = Bucket {
    per_second: 40.0,
    burst: 40,
};
/// What a single address has of it: the half, and one second's worth at once.
const PART: Bucket = Bucket {
    per_second: 20.0,
    burst: 21,
};
const NEIGHBOURS: usize = 12;
/// Of each forger and of the neighbours, so that all of them are fewer than the part.
const SLOWLY: f64 = 3.0;
const OFFICE: &str = "198.51.100.9";
const HOME: &str = "203.0.113.20";
const FORGERS: usize = 4;

pub async fn run(stage: &Stage) -> Result<Findings> {
    let mut findings = Findings::default();
    let seconds = stage.profile.choose(3, 30);
    let quotas = Quotas::far()
        .with(Quota::FailedAuthentication, BUCKET)
        .with(Quota::UnknownTokens, LANE)
        .behind_a_proxy();
    let service = stage.program()?.start(&quotas).await?;
    let target = service.target()?;
    let client = target.client()?;
    let token = service.editor("alice")?;
    let asking = |from: &str, token: &str| {
        let request = target.get(&client, TOKEN_PATH).bearer_auth(token);
        request.header(FORWARDED_FOR, from)
    };
    let first = ask(asking(OFFICE, &token)).await;
    findings.check(
        "alice comes in",
        first.status == 200,
        first.status.to_string(),
    );

    let forge = forgery(&token)?;
    let forger = Group {
        name: "forger",
        users: FORGERS,
        per_second: None,
        expected: 429,
        question: sent_from(forge.clone(), |_| OFFICE.to_owned()),
    };
    let known = Arc::<str>::from(token.as_str());
    let alice = Group {
        name: "alice",
        users: 1,
        per_second: Some(20.0),
        expected: 200,
        question: Arc::new(move |target, client, _| {
            let request = target.get(client, TOKEN_PATH).bearer_auth(&known);
            request.header(FORWARDED_FOR, OFFICE)
        }),
    };
    let tallies = crowd::send(target, seconds, &[forger, alice]).await?;
    let [forger, alice] = <[Tally; 2]>::try_from(tallies)
        .ok()
        .context("two groups, two tallies")?;
    let looked_at = counted(forger.with_status(401));
    // When the burst ends, every worker may have taken up a token that is not counted yet.
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let at_once = counted(workers.min(FORGERS));
    let stated = BUCKET.at_most(forger.seconds) + PART.at_most(forger.seconds);
    let at_most = stated + at_once;
    findings.check(
        "after the burst, what the lane cannot take is refused unread",
        looked_at >= f64::from(BUCKET.burst) && looked_at <= at_most && forger.broken() == 0,
        format!(
            "{} in {:.1} s: {}; {stated} stated ({BUCKET}, in the lane {PART}), at most {at_most} with \
             {at_once} at once",
            forger.requests(),
            forger.seconds,
            forger.statuses()
        ),
    );
    findings.check(
        "alice works on, at the same address, with her token",
        alice.with_status(200) == alice.requests(),
        format!("{}; {}", alice.statuses(), alice.latency()),
    );

    // What the lane has for this address is gone before so many have been sent.
    let mut refusal = ask(asking(OFFICE, &forge(0))).await;
    for number in 1..10 * NEIGHBOURS {
        if !refusal.refused() {
            refusal = ask(asking(OFFICE, &forge(number))).await;
        }
    }
    findings.check(
        "the refusal is a problem with Retry-After",
        refusal.problem() == "/problems/failed-authentication-quota-exceeded"
            && refusal.retry_after().is_some(),
        format!(
            "{}, Retry-After: {}",
            refusal.problem(),
            refusal.header("retry-after")
        ),
    );
    let again = service.token("alice", &["--role", "editor", "--ttl", "50m"])?;
    let elsewhere = ask(asking(HOME, &again)).await;
    findings.check(
        "alice logs in elsewhere: nobody locked her out",
        elsewhere.status == 200,
        elsewhere.status.to_string(),
    );
    neighbours_come_in(&service, forge, &mut findings).await?;

    service.stop().await?;
    Ok(findings)
}

/// Others at the attacked address, each with a token that is new here, while somebody goes on forging.
async fn neighbours_come_in(
    service: &Service,
    forge: Forgery,
    findings: &mut Findings,
) -> Result<()> {
    let tokens = (0..NEIGHBOURS).map(|number| service.editor(&format!("neighbour-{number}")));
    let tokens = tokens.collect::<Result<Vec<_>>>()?;
    // Until the part of this address is whole again.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let forger = Group {
        name: "slow forger",
        users: FORGERS,
        per_second: Some(SLOWLY),
        expected: 401,
        question: sent_from(forge, |_| OFFICE.to_owned()),
    };
    let neighbours = Group {
        name: "neighbours",
        users: 1,
        per_second: Some(SLOWLY),
        expected: 200,
        question: Arc::new(move |target, client, turn| {
            let token = tokens.get(turn.number % NEIGHBOURS);
            let request = target.get(client, TOKEN_PATH);
            let request = request.bearer_auth(token.map_or("", String::as_str));
            request.header(FORWARDED_FOR, OFFICE)
        }),
    };
    let tallies = crowd::send(service.target()?, 3, &[forger, neighbours]).await?;
    let [forger, neighbours] = <[Tally; 2]>::try_from(tallies)
        .ok()
        .context("two groups, two tallies")?;
    findings.check(
        "good tokens never seen before come in at the attacked address",
        neighbours.requests() > 0 && neighbours.with_status(200) == neighbours.requests(),
        format!("{}; forged: {}", neighbours.statuses(), forger.statuses()),
    );
    Ok(())
}

/// The forged token of this number.
pub type Forgery = Arc<dyn Fn(usize) -> String + Send + Sync>;

/// Makes one forged token after the other: well-formed, signed by a known key, of a real subject, only
/// that the signature is another each time.
pub fn forgery(token: &str) -> Result<Forgery> {
    let (signed, signature) = token.rsplit_once('.').context("a token has three parts")?;
    let (signed, signature) = (signed.to_owned(), signature.to_owned());
    Ok(Arc::new(move |number| {
        // Eight characters of base64url in its middle: all of it stays a signature's length.
        let replaced = format!("{number:08}");
        let (head, tail) = (signature.get(..20), signature.get(28..));
        let (head, tail) = (head.unwrap_or_default(), tail.unwrap_or_default());
        format!("{signed}.{head}{replaced}{tail}")
    }))
}

/// Each forged token, from its address.
pub fn sent_from(forged: Forgery, address: fn(usize) -> String) -> Question {
    Arc::new(move |target, client, turn| {
        let request = target.get(client, TOKEN_PATH);
        request
            .bearer_auth(forged(turn.number))
            .header(FORWARDED_FOR, address(turn.number))
    })
}
