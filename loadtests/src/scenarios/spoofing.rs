//! Pretending to be somebody else, or to ask for something else. No header field that a client can
//! write, no spelling of a path, no method, no new connection and no second token buys one request more
//! than the quota.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use reqwest::{Client, Method, RequestBuilder};

use super::{Place, Stage, abuser::one, stated};
use crate::{
    cost::counted,
    crowd::{self, Group},
    probe::{Answer, ask, volley},
    quotas::{Bucket, Quota, Quotas},
    report::Findings,
    service::Program,
    target::{TOKEN_PATH, Target},
};

pub const ABOUT: &str = "Without trusted proxies: rotating X-Forwarded-For and its relatives. Then, the \
    caller's quota used up: other spellings of the path, methods, connections and tokens.";

const SEVERAL: Bucket = Bucket {
    per_second: 2.0,
    burst: 40,
};
const SLOW: Bucket = Bucket {
    per_second: 0.05,
    burst: 30,
};

/// Fields that some proxy or framework takes for the client's address.
const FIELDS: [&str; 10] = [
    "x-forwarded-for",
    "forwarded",
    "x-real-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "fastly-client-ip",
    "x-original-forwarded-for",
    "x-envoy-external-address",
];

/// The same operation, spelled otherwise; or a path that is not there, which is counted too.
const SPELLINGS: [&str; 9] = [
    "/v1/me?x",
    "/v1/me?cache=1",
    "/v1/me/",
    "/v1//me",
    "//v1/me",
    "/v1/%6d%65",
    "/%76%31/me",
    "/v1/ME",
    "/v1/me;a=b",
];

pub async fn run(stage: &Stage) -> Result<Findings> {
    let mut findings = Findings::default();
    match &stage.place {
        Place::Own(program) => {
            fields(&mut findings, program, stage.profile.choose(2, 20)).await?;
            let service = program
                .start(&Quotas::far().with(Quota::Caller, SLOW))
                .await?;
            let arguments: [&[&str]; 4] = [
                &["--role", "editor", "--ttl", "1h"],
                &["--role", "editor", "--ttl", "20m"],
                &["--role", "reader", "--ttl", "1h"],
                &[
                    "--role",
                    "editor",
                    "--scope",
                    "invoices:read",
                    "--ttl",
                    "1h",
                ],
            ];
            let tokens = arguments.map(|arguments| service.token("alice", arguments));
            let tokens = tokens.into_iter().collect::<Result<Vec<_>>>()?;
            callers(&mut findings, service.target()?, &tokens, SLOW).await?;
            let bob = service.editor("bob")?;
            let client = service.target()?.client()?;
            let request = service.target()?.get(&client, TOKEN_PATH).bearer_auth(bob);
            let other = ask(request).await;
            findings.check(
                "another caller is served",
                other.status == 200,
                other.status.to_string(),
            );
            service.stop().await?;
        }
        Place::Foreign { target, tokens } => {
            let client = target.client()?;
            let token = tokens.first().cloned().unwrap_or_default();
            let answer = ask(target.get(&client, TOKEN_PATH).bearer_auth(&token)).await;
            let bucket = stated(&answer)
                .with_context(|| format!("no quota is stated (status {})", answer.status))?;
            callers(&mut findings, target, &[token], bucket).await?;
        }
    }
    Ok(findings)
}

/// A field like a chain of proxies, and addresses that ought to be privileged.
fn spoofed(request: RequestBuilder, number: usize) -> RequestBuilder {
    let field = FIELDS.get(number % FIELDS.len()).copied().unwrap_or("via");
    let host = format!("{}.{}", number / 256 % 256, number % 256);
    let address = match number / FIELDS.len() % 4 {
        0 => format!("10.0.{host}"),
        1 => format!("2001:db8:{:x}::1", number % 65536),
        2 => format!("192.0.{host}, 127.0.0.1"),
        _ => "127.0.0.1".to_owned(),
    };
    let value = match field {
        "forwarded" => format!("for=\"{address}\""),
        _ => address,
    };
    request.header(field, value)
}

async fn fields(findings: &mut Findings, program: &Program, seconds: u64) -> Result<()> {
    let service = program
        .start(&Quotas::far().with(Quota::Address, SEVERAL))
        .await?;
    let spoofer = Group {
        name: "spoofer",
        users: 4,
        per_second: None,
        expected: 429,
        question: Arc::new(|target, client, turn| {
            spoofed(target.get(client, TOKEN_PATH), turn.number)
        }),
    };
    let tally = one(crowd::send(service.target()?, seconds, &[spoofer]).await?)?;
    let through = counted(tally.with_status(401));
    let at_most = SEVERAL.at_most(tally.seconds);
    findings.check(
        "no field buys a request",
        through >= f64::from(SEVERAL.burst) && through <= at_most && tally.broken() == 0,
        format!(
            "{} fields, {:.1} s: {}; at most {at_most} stated ({SEVERAL})",
            FIELDS.len(),
            tally.seconds,
            tally.statuses()
        ),
    );
    service.stop().await
}

/// Uses the caller's quota up in the plain way, and then tries every other way.
async fn callers(
    findings: &mut Findings,
    target: &Target,
    tokens: &[String],
    bucket: Bucket,
) -> Result<()> {
    let client = target.client()?;
    let first = tokens.first().context("a token is needed")?;
    let plain = |client: &Client| target.get(client, TOKEN_PATH).bearer_auth(first);
    let asked = bucket.burst * 2;
    let used_up = volley((0..asked).map(|_| plain(&client)).collect(), 16).await;
    findings.check(
        "the caller's quota is used up",
        used_up.refused() > 0,
        used_up.statuses(),
    );

    let mut ways: Vec<(String, RequestBuilder)> = Vec::new();
    for spelling in SPELLINGS {
        let request = target.get(&client, spelling).bearer_auth(first);
        ways.push((spelling.to_owned(), request));
    }
    for method in [Method::HEAD, Method::POST, Method::OPTIONS, Method::DELETE] {
        let request = target.request(&client, method.clone(), TOKEN_PATH);
        ways.push((format!("{method} {TOKEN_PATH}"), request.bearer_auth(first)));
    }
    let overridden = plain(&client).header("x-http-method-override", "HEAD");
    ways.push(("method override".to_owned(), overridden));
    for field in FIELDS {
        ways.push((field.to_owned(), plain(&client).header(field, "192.0.2.1")));
    }
    for number in 0..3 {
        let own = target.client()?;
        ways.push((format!("new connection {number}"), plain(&own)));
    }
    for (number, token) in tokens.iter().enumerate().skip(1) {
        let request = target.get(&client, TOKEN_PATH).bearer_auth(token);
        ways.push((format!("token {number} of the same subject"), request));
    }
    let tried = ways.len();
    let mut answers = Vec::new();
    for (way, request) in ways {
        answers.push((way, ask(request).await));
    }
    report(findings, tried, &answers);
    Ok(())
}

fn report(findings: &mut Findings, tried: usize, answers: &[(String, Answer)]) {
    let served = |answer: &Answer| (200..400).contains(&answer.status);
    let list = |wanted: fn(&Answer) -> bool| {
        let ways = answers.iter().filter(|(_, answer)| wanted(answer));
        let ways = ways.map(|(way, answer)| format!("{way} → {}", answer.status));
        ways.collect::<Vec<_>>().join(", ")
    };
    let refused = answers
        .iter()
        .filter(|(_, answer)| answer.refused())
        .count();
    let through: Vec<_> = answers
        .iter()
        .filter(|(_, answer)| served(answer))
        .collect();
    findings.check(
        "no spelling, method, connection or token buys a request",
        through.is_empty() && refused > 0,
        format!(
            "{refused} of {tried} are 429{}{}",
            if through.is_empty() { "" } else { "; served: " },
            list(|answer| (200..400).contains(&answer.status))
        ),
    );
    let other = list(|answer| answer.status >= 400 && answer.status != 429);
    if !other.is_empty() {
        findings.note("refused for another reason, before the quota", other);
    }
}
