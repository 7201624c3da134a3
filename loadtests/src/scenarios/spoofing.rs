//! A client pretends to be another client, or hides which operation it asks for. No header field that a client can
//! write, no spelling of a path, no method, no new connection and no second token buys one request more
//! than the quota.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use anyhow::{Context as _, Result};
use reqwest::{Client, Method, RequestBuilder};

use super::{Place, Stage, abuser::one, announced};
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
                &["--role", "editor", "--scope", "orders:read", "--ttl", "1h"],
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
            let bucket = announced(target, tokens).await?;
            let token = tokens.first().cloned().unwrap_or_default();
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

/// Uses the caller's quota up in the plain way, and then tries every other way, several times.
async fn callers(
    findings: &mut Findings,
    target: &Target,
    tokens: &[String],
    bucket: Bucket,
) -> Result<()> {
    let client = target.client()?;
    let first = tokens.first().context("a token is needed")?;
    let asked = bucket.burst * 2;
    let plain = || target.get(&client, TOKEN_PATH).bearer_auth(first);
    let started = Instant::now();
    let used_up = volley((0..asked).map(|_| plain()).collect(), 16).await;
    findings.check(
        "the caller's quota is used up",
        used_up.refused() > 0,
        used_up.statuses(),
    );
    let mut answers = Vec::new();
    for _ in 0..5 {
        for (way, request) in ways(target, &client, tokens)? {
            answers.push((way, ask(request).await));
        }
    }
    let seconds = started.elapsed().as_secs_f64();

    let tried = answers.len();
    let refused = answers.iter().filter(|(_, answer)| answer.refused());
    let refused = refused.count();
    let other = list(&answers, |status| status >= 400 && status != 429);
    let extra = answers.iter().filter(|(_, answer)| answer.status < 400);
    let served = counted(used_up.let_through() + extra.count());
    let at_most = bucket.at_most(seconds);
    findings.check(
        "no spelling, method, connection or token buys a request",
        served <= at_most && refused > 0,
        format!(
            "{refused} of {tried} are 429; {served} served in all, at most {at_most} stated {}",
            if served > at_most {
                list(&answers, |status| status < 400)
            } else {
                String::new()
            }
        ),
    );
    if !other.is_empty() {
        findings.note("refused for another reason, before the quota", other);
    }
    Ok(())
}

/// Every way but the plain one to ask for the same.
fn ways(
    target: &Target,
    client: &Client,
    tokens: &[String],
) -> Result<Vec<(String, RequestBuilder)>> {
    let first = tokens.first().map_or("", String::as_str);
    let plain = |client: &Client| target.get(client, TOKEN_PATH).bearer_auth(first);
    let mut ways = Vec::new();
    for spelling in SPELLINGS {
        let request = target.get(client, spelling).bearer_auth(first);
        ways.push((spelling.to_owned(), request));
    }
    for method in [Method::HEAD, Method::POST, Method::OPTIONS, Method::DELETE] {
        let request = target.request(client, method.clone(), TOKEN_PATH);
        ways.push((format!("{method} {TOKEN_PATH}"), request.bearer_auth(first)));
    }
    let overridden = plain(client).header("x-http-method-override", "HEAD");
    ways.push(("method override".to_owned(), overridden));
    for field in FIELDS {
        ways.push((field.to_owned(), plain(client).header(field, "192.0.2.1")));
    }
    ways.push(("new connection".to_owned(), plain(&target.client()?)));
    for (number, token) in tokens.iter().enumerate().skip(1) {
        let request = target.get(client, TOKEN_PATH).bearer_auth(token);
        ways.push((format!("token {number} of the same subject"), request));
    }
    Ok(ways)
}

/// Each way once, with its status.
fn list(answers: &[(String, Answer)], wanted: fn(u16) -> bool) -> String {
    let chosen = answers.iter().filter(|(_, answer)| wanted(answer.status));
    let ways: BTreeSet<String> = chosen
        .map(|(way, answer)| format!("{way} → {}", answer.status))
        .collect();
    ways.into_iter().collect::<Vec<_>>().join(", ")
}
