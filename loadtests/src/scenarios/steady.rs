//! Normal use. A limiter that refuses honest clients is an outage of its own, so users a little below
//! their quotas must never see a 429; and then one of them asks for too much, to show that the quotas
//! were really there.

use std::sync::Arc;

use anyhow::Result;

use super::{Place, Stage, announced};
use crate::{
    cost::counted,
    crowd::{self, Group},
    probe::volley,
    quotas::{Bucket, Quota, Quotas},
    report::Findings,
    target::{TOKEN_PATH, Target},
};

pub const ABOUT: &str = "Each user asks at 90 % of the caller's quota, all together at 90 % of their \
    address's. Nobody may be refused.";

const USERS: u32 = 5;
const OWN: Bucket = Bucket {
    per_second: 20.0,
    burst: 10,
};
const SHARE: f64 = 0.9;
/// A machine that does not reach this part of the offered rate proves nothing.
const REACHED: f64 = 0.8;

pub async fn run(stage: &Stage) -> Result<Findings> {
    let seconds = stage.profile.choose(5, 60);
    match &stage.place {
        Place::Own(program) => {
            let address = Bucket {
                per_second: OWN.per_second * f64::from(USERS),
                burst: OWN.burst * USERS,
            };
            let quotas = Quotas::far()
                .with(Quota::Caller, OWN)
                .with(Quota::Address, address);
            let service = program.start(&quotas).await?;
            let names = (0..USERS).map(|user| service.editor(&format!("user-{user}")));
            let tokens = names.collect::<Result<Vec<_>>>()?;
            let findings = attend(service.target()?, tokens, OWN, seconds).await?;
            service.stop().await?;
            Ok(findings)
        }
        Place::Foreign { target, tokens } => {
            let bucket = announced(target, tokens).await?;
            attend(target, tokens.clone(), bucket, seconds).await
        }
    }
}

async fn attend(
    target: &Target,
    tokens: Vec<String>,
    bucket: Bucket,
    seconds: u64,
) -> Result<Findings> {
    let mut findings = Findings::default();
    let users = tokens.len();
    let first = tokens.first().cloned().unwrap_or_default();
    let pace = bucket.per_second * SHARE;
    let tokens = Arc::new(tokens);
    let group = Group {
        name: "user",
        users,
        per_second: Some(pace),
        expected: 200,
        question: Arc::new(move |target, client, turn| {
            let token = tokens.get(turn.user).map_or("", String::as_str);
            target.get(client, TOKEN_PATH).bearer_auth(token)
        }),
    };
    let tallies = crowd::send(target, seconds, &[group]).await?;
    let Some(tally) = tallies.first() else {
        anyhow::bail!("nobody came");
    };
    findings.note("quota of each caller", bucket.to_string());
    let offered = pace * counted(users);
    findings.check(
        "the load was near the quota",
        tally.per_second() >= offered * REACHED,
        format!(
            "{:.1}/s of {offered:.1}/s offered by {users} users",
            tally.per_second()
        ),
    );
    findings.check("nobody was refused", tally.refused() == 0, tally.statuses());
    findings.check("nothing broke", tally.broken() == 0, tally.latency());

    let client = target.client()?;
    let asked = usize::try_from(bucket.burst)? * 2;
    let requests = (0..asked).map(|_| target.get(&client, TOKEN_PATH).bearer_auth(&first));
    let volley = volley(requests.collect(), 16).await;
    findings.check(
        "the quota was there: too much at once is refused",
        volley.refused() > 0,
        format!("{asked} at once: {}", volley.statuses()),
    );
    Ok(findings)
}
