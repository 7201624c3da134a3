//! A4: nobody takes more than a share, by whatever name, and nothing is held open for nothing.

use crate::{
    answer::Answer,
    attack::{Attack, Group, Missing, Verdict},
    request::Request,
    stage::{Stage, statuses},
};

/// More than a caller has at once, as the service is shipped.
const MANY: usize = 500;

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

/// A flood of one request with this token, over one connection.
fn flood(
    stage: &mut Stage,
    token: impl Fn(&str) -> String,
    quota: &str,
) -> Result<Verdict, Missing> {
    stage.as_shipped()?;
    let token = token(&stage.editor());
    let request = Request::get("/v1/me").bearer(&token);
    let answer = stage.flood(&request.field("connection", "keep-alive"), MANY);
    Ok(refused(&answer, quota))
}

/// A flood of requests that differ.
fn varied(
    stage: &mut Stage,
    times: usize,
    quota: &str,
    request: impl Fn(&Stage, usize) -> Result<Request, Missing>,
) -> Result<Verdict, Missing> {
    let mut all = Answer::default();
    for number in 0..times {
        let one = request(stage, number)?;
        let answer = stage.send_once(&one);
        if number > 0 {
            stage.steps.pop();
        }
        all.responses.extend(answer.responses);
        if all.responses.last().is_some_and(|last| last.status == 429) {
            break;
        }
    }
    stage.note(&format!("{times} of them, each another"), &statuses(&all));
    Ok(refused(&all, quota))
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
            |stage| flood(stage, str::to_owned, "caller-quota-exceeded"),
        ),
        Attack::new(
            "flood-with-many-tokens",
            "RL-02",
            "A caller with a new token for each request has a new quota each time.",
            |stage| {
                stage.as_shipped()?;
                varied(stage, MANY, "caller-quota-exceeded", |stage, number| {
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
                stage.as_shipped()?;
                varied(stage, 3 * MANY, "address-quota-exceeded", |_, number| {
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
                let guessed = |token: &str| format!("{token}AAAA");
                flood(stage, guessed, "failed-authentication-quota-exceeded")
            },
        ),
    ],
};
