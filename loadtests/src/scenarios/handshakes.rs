//! A TLS handshake costs the service as much as dozens of requests and needs no token, so connections
//! have a quota of their own, spent before the handshake begins. Who is connected goes on.

use anyhow::Result;

use super::Stage;
use crate::{
    cost::{counted, processor_seconds},
    probe::{ask, volley},
    quotas::{Bucket, Quota, Quotas},
    report::Findings,
    target::TOKEN_PATH,
};

pub const ABOUT: &str = "Each request on a new connection: exactly the burst of connections is made, \
    the others are hung up on before their handshake, and the rate lets new ones in again.";

const BUCKET: Bucket = Bucket {
    per_second: 2.0,
    burst: 200,
};

pub async fn run(stage: &Stage) -> Result<Findings> {
    let mut findings = Findings::default();
    let asked = stage.profile.choose(400, 3_000);
    let quotas = Quotas::far().with(Quota::Handshakes, BUCKET);
    let service = stage.program()?.start(&quotas).await?;
    let target = service.target()?;
    // Its one connection is the first of the burst.
    let connected = target.client()?;
    let before = ask(target.get(&connected, TOKEN_PATH)).await;
    findings.check(
        "a client connects",
        before.status == 401,
        before.status.to_string(),
    );

    let strangers = || -> Result<Vec<_>> {
        let client = || Ok(target.get(&target.client()?, TOKEN_PATH));
        (0..asked).map(|_| client()).collect()
    };
    let left = f64::from(BUCKET.burst - 1);
    let requests = strangers()?;
    let spent = processor_seconds(service.id())?;
    let made = volley(requests, 8).await;
    let spent = processor_seconds(service.id())? - spent;
    let through = counted(made.let_through());
    let at_most = BUCKET.at_most(made.seconds());
    findings.check(
        "exactly the burst of connections is made",
        through >= left && through <= at_most,
        format!(
            "{asked} in {:.2} s: {} ({BUCKET})",
            made.seconds(),
            made.statuses()
        ),
    );
    let requests = strangers()?;
    let before = processor_seconds(service.id())?;
    let more = volley(requests, 8).await;
    let hung_up = (processor_seconds(service.id())? - before) / counted(more.0.len());
    let refused = f64::from(asked) - through;
    let made_each = (spent - hung_up * refused).max(0.0) / through;
    findings.check(
        "hanging up costs far less than a handshake",
        hung_up <= made_each / 2.0,
        format!(
            "{:.0} µs of the service's processor time, a handshake and a request {:.0} µs",
            hung_up * 1e6,
            made_each * 1e6
        ),
    );
    let still = ask(target.get(&connected, TOKEN_PATH)).await;
    findings.check(
        "who is connected goes on",
        still.status == 401,
        still.status.to_string(),
    );
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let fresh = ask(target.get(&target.client()?, TOKEN_PATH)).await;
    findings.check(
        "after a while a new connection is made again",
        fresh.status == 401,
        fresh.status.to_string(),
    );
    service.stop().await?;
    Ok(findings)
}
