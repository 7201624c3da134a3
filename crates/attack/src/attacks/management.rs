//! A7: what operators need is on a listener of its own, and asks for more.

use crate::{
    attack::{Attack, Group, Missing, Verdict},
    request::Request,
    stage::Stage,
};

/// These paths at the public listener, as a caller with a token.
fn at_the_public(stage: &mut Stage, paths: &[&str]) -> Verdict {
    let mut verdicts = Vec::new();
    for path in paths {
        let request = Request::get(*path).bearer(&stage.editor());
        verdicts.push(stage.send(&request).must_be(&[404]));
    }
    Verdict::all(verdicts)
}

/// A token of the issuer's for this listener's audience.
fn operators_token(stage: &Stage) -> Result<String, Missing> {
    let forger = &stage.service().key()?.forger;
    let audience = forger.claims.get("aud").and_then(serde_json::Value::as_str);
    let audience = format!("{}-admin", audience.unwrap_or_default());
    Ok(forger.with_claim("aud", audience.into()))
}

pub(super) static GROUP: Group = Group {
    recommendation: "A7",
    title: "Management endpoints apart",
    attacks: &[
        Attack::new(
            "metrics-on-the-public-port",
            "AD-01",
            "Metrics tell a caller what everybody does.",
            |stage| Ok(at_the_public(stage, &["/metrics", "/actuator/prometheus"])),
        ),
        Attack::new(
            "documents-on-the-public-port",
            "AD-01",
            "The documentation and the document of operators' calls are there for callers.",
            |stage| {
                Ok(at_the_public(
                    stage,
                    &["/docs", "/openapi.json", "/docs/admin.json"],
                ))
            },
        ),
        Attack::new(
            "operators-calls-on-the-public-port",
            "AD-01",
            "A caller lifts a restriction that an operator has set.",
            |stage| {
                Ok(at_the_public(
                    stage,
                    &["/v1/restrictions", "/v1/revocations", "/v1/build"],
                ))
            },
        ),
        Attack::new(
            "inside-told-by-the-probe",
            "AD-05",
            "The public probe tells versions, dependencies and times.",
            |stage| {
                let answer = stage.send(&Request::get("/healthz"));
                Ok(Verdict::held_if(
                    answer.json() == serde_json::json!({ "status": "ok" }),
                    "The answer is {\"status\":\"ok\"}.",
                    "The answer says more than that it lives.",
                ))
            },
        ),
        Attack::new(
            "caller-at-the-admin-port",
            "AD-04",
            "A caller's token opens the operators' listener.",
            |stage| {
                let request = Request::get("/v1/restrictions").bearer(&stage.editor());
                Ok(stage.send_to_admin(&request)?.must_be(&[401, 403]))
            },
        ),
        Attack::new(
            "operators-token-at-the-public-port",
            "AD-04",
            "An operator's token is good for callers' operations.",
            |stage| {
                let token = operators_token(stage)?;
                Ok(stage
                    .send(&Request::get("/v1/me").bearer(&token))
                    .must_be(&[401]))
            },
        ),
        Attack::new(
            "page-at-the-admin-port",
            "AD-02",
            "A page on an operator's machine calls the operators' listener (CSRF).",
            |stage| {
                let request = Request::get("/health/live").field("origin", "https://evil.example");
                Ok(stage.send_to_admin(&request)?.must_be(&[403]))
            },
        ),
        Attack::new(
            "name-at-the-admin-port",
            "AD-02",
            "A name of the attacker's resolves to the operator's machine (DNS rebinding).",
            |stage| {
                let request = Request::get("/metrics").field("host", "evil.example");
                Ok(stage.send_to_admin(&request)?.must_be(&[421]))
            },
        ),
    ],
};
