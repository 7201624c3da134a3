//! A4: nobody takes more than a share, by whatever name, and nothing is held open for nothing.

use std::time::Instant;

use crate::{
    answer::Answer,
    attack::{Attack, Group, Missing, Verdict},
    request::Request,
    stage::{Stage, statuses},
};

/// More than a caller has at once, as the service is shipped.
const MANY: usize = 1000;
/// As the service is shipped, the largest quota that a flood uses up grants fewer requests a second than this.
const SLOWEST: usize = 125;

/// Held where such a flood ends in refusals.
fn refused(answer: &Answer, quota: &str) -> Verdict {
    let refused = answer
        .responses
        .iter()
        .find(|response| response.status == 429);
    let Some(refused) = refused else {
        let counted = statuses(answer);
        return Verdict::Broken(format!("Nothing was refused: {counted}."));
    };
    let document: serde_json::Value = serde_json::from_slice(&refused.body).unwrap_or_default();
    let kind = document.get("type").and_then(|kind| kind.as_str());
    let kind = kind.unwrap_or_default();
    if kind.ends_with(quota) {
        Verdict::Held(format!("{} ({kind}).", statuses(answer)))
    } else {
        Verdict::Broken(format!("Refused by another quota: {kind}."))
    }
}

/// A flood of these requests.
fn flood(
    stage: &mut Stage,
    times: usize,
    quota: &str,
    request: impl Fn(&Stage, usize) -> Result<Request, Missing>,
) -> Result<Verdict, Missing> {
    stage.as_shipped()?;
    let requests = (0..times).map(|number| {
        let request = request(stage, number)?;
        Ok(request.field("connection", "keep-alive"))
    });
    let requests: Vec<Request> = requests.collect::<Result<_, _>>()?;
    let started = Instant::now();
    let answer = stage.flood(&requests);
    let seconds = usize::try_from(started.elapsed().as_secs()).unwrap_or(usize::MAX);
    let pace = answer.responses.len() / seconds.max(1);
    let has_refusals = answer.responses.iter().any(|one| one.status == 429);
    if stage.is_as_it_was_found() && pace < SLOWEST && !has_refusals {
        return Err(Missing(format!(
            "Only {pace} requests a second are answered here: that is no flood."
        )));
    }
    Ok(refused(&answer, quota))
}

pub(super) static GROUP: Group = Group {
    recommendation: "A4",
    title: "Rate limits and slow requests",
    attacks: &[
        Attack::new(
            "slow-head",
            "LI-03",
            "A head that never ends holds a connection for nothing (slowloris).",
            |stage| {
                let begin = format!("GET /v1/me HTTP/1.1\r\nhost: {}\r\n", stage.host());
                Ok(stage.drip(begin.as_bytes(), b"x: y\r\n"))
            },
        ),
        Attack::new(
            "slow-body",
            "LI-03",
            "A body of which a byte comes now and then holds a connection and a handler.",
            |stage| {
                let path = stage.resource()?.collection.clone();
                let begin = format!(
                    "POST {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
                     content-type: application/json\r\ncontent-length: 60000\r\n\r\n",
                    stage.host(),
                    stage.editor()
                );
                Ok(stage.drip(begin.as_bytes(), b" "))
            },
        ),
        Attack::new(
            "idle-connection",
            "LI-03",
            "A connection on which nothing more comes is kept for ever.",
            |stage| {
                let begin = format!("GET /healthz HTTP/1.1\r\nhost: {}\r\n\r\n", stage.host());
                Ok(stage.drip(begin.as_bytes(), b""))
            },
        ),
        Attack::new(
            "flood-of-one-caller",
            "RL-02",
            "One caller takes the time of all others.",
            |stage| {
                flood(stage, MANY, "caller-quota-exceeded", |stage, _| {
                    Ok(Request::get("/v1/me").bearer(&stage.editor()))
                })
            },
        ),
        Attack::new(
            "flood-with-many-tokens",
            "RL-02",
            "A caller with a new token for each request has a new quota each time.",
            |stage| {
                flood(stage, MANY, "caller-quota-exceeded", |stage, number| {
                    let forger = &stage.service().key()?.forger;
                    let token = forger.with_claim("jti", format!("flood-{number}").into());
                    Ok(Request::get("/v1/me").bearer(&token))
                })
            },
        ),
        Attack::new(
            "flood-of-strangers-fields",
            "RL-03",
            "A field that says another address each time gives a new quota each time.",
            |stage| {
                flood(stage, 3 * MANY, "address-quota-exceeded", |_, number| {
                    let address = format!("203.0.{}.{}", number / 250, number % 250 + 1);
                    Ok(Request::get("/v1/me").field("x-forwarded-for", address))
                })
            },
        ),
        Attack::new(
            "tokens-guessed",
            "RL-05",
            "Tokens are tried without end, each one costing a signature check.",
            |stage| {
                let quota = "failed-authentication-quota-exceeded";
                flood(stage, MANY, quota, |stage, _| {
                    Ok(Request::get("/v1/me").bearer(&format!("{}AAAA", stage.editor())))
                })
            },
        ),
    ],
};
