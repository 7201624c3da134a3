//! B2: a token is not a pass for its whole life: it is revoked, bound and renewed.

use serde_json::json;

use crate::{
    attack::{Attack, Group, Missing},
    request::Request,
};

pub(super) static GROUP: Group = Group {
    recommendation: "B2",
    title: "Continuous verification",
    attacks: &[
        Attack::new(
            "token-bound-to-a-key",
            "SC-01",
            "A token that is bound to a key works without that key (cnf).",
            |stage| {
                let token = {
                    let forger = &stage.service().key()?.forger;
                    forger.with_claim("cnf", json!({ "jkt": "x" }))
                };
                Ok(stage
                    .send(&Request::get("/v1/me").bearer(&token))
                    .must_be(&[401]))
            },
        ),
        Attack::new(
            "old-login-deletes",
            "SC-03",
            "A stolen token deletes, though its person logged in hours ago (step-up).",
            |stage| {
                if !stage.resource()?.deletes {
                    return Err(Missing("The resource has no DELETE.".into()));
                }
                let row = stage.row()?;
                let token = {
                    let forger = &stage.service().key()?.forger;
                    let now = forger.claims.get("iat").and_then(serde_json::Value::as_i64);
                    let before = now.unwrap_or_default() - 7200;
                    forger.with_claim("auth_time", before.into())
                };
                let request = Request::new("DELETE", row).bearer(&token);
                Ok(stage
                    .send(&request.field("if-match", "\"1\""))
                    .must_be(&[401]))
            },
        ),
        Attack::new(
            "token-revoked",
            "SE-01",
            "A token that an operator has revoked goes on working until it expires.",
            |stage| {
                let (token, issuer, subject, operators) = {
                    let forger = &stage.service().key()?.forger;
                    let claim = |name: &str| forger.claims.get(name).cloned().unwrap_or_default();
                    let audience = claim("aud");
                    let audience = format!("{}-admin", audience.as_str().unwrap_or_default());
                    let mut operator = forger.claims.clone();
                    if let Some(members) = operator.as_object_mut() {
                        members.insert("aud".into(), audience.into());
                        members.insert("roles".into(), json!(["admin"]));
                        members.insert("sub".into(), json!("olivia"));
                        members.insert("scope".into(), json!("admin:contain"));
                    }
                    let operator = forger.sign(&forger.header.to_string(), &operator.to_string());
                    let token = forger.with_claim("jti", "revoke-me".into());
                    (token, claim("iss"), "revoke-me", operator)
                };
                let me = Request::get("/v1/me").bearer(&token);
                stage.send(&me);
                let revocation = json!({
                    "target": "token", "name": subject, "issuer": issuer,
                    "reason": "an attack", "ticket": "ATTACK-1",
                });
                let request = Request::new("POST", "/v1/revocations").bearer(&operators);
                let answer = stage.send_to_admin(&request.json(revocation.to_string()))?;
                if answer.status() != Some(201) {
                    return Err(Missing(format!(
                        "Nothing can be revoked: {:?}.",
                        answer.json()
                    )));
                }
                Ok(stage.send(&me).must_be(&[401]))
            },
        ),
    ],
};
