//! B3: an API key is scoped and revocable, and cannot be guessed.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::json;

use crate::{
    attack::{Attack, Group, Missing, Verdict},
    ground::Service,
    request::Request,
    stage::Stage,
};

/// A key of the editor's that may do nothing: its text, and where it is.
fn made(stage: &mut Stage) -> Result<(String, String), Missing> {
    let end = Service::tomorrow();
    let content = json!({ "name": "an attack", "permissions": [], "expires_at": end });
    let request = Request::new("POST", "/v1/api-keys").bearer(&stage.editor());
    let answer = stage.send(&request.json(content.to_string()));
    let key = answer
        .json()
        .get("key")
        .and_then(|key| key.as_str().map(str::to_owned));
    let place = answer.field("location").map(str::to_owned);
    let missing = || Missing(format!("No API key can be made: {:?}.", answer.status()));
    key.zip(place).ok_or_else(missing)
}

/// This text as a key.
fn shown(stage: &mut Stage, key: &str) -> Verdict {
    stage
        .send(&Request::get("/v1/me").bearer(key))
        .must_be(&[401])
}

/// The checksum of a key, which anybody can compute: it finds typing errors.
fn checksum(body: &str) -> String {
    let digest = digest(&SHA256, body.as_bytes());
    crate::hex(digest.as_ref().get(..4).unwrap_or_default())
}

pub(super) static GROUP: Group = Group {
    recommendation: "B3",
    title: "API keys: scoped, revocable",
    attacks: &[
        Attack::new(
            "key-with-another-secret",
            "AK-01",
            "The public part of a key is enough: its secret is not compared.",
            |stage| {
                let (key, _) = made(stage)?;
                let parts: Vec<&str> = key.split('_').collect();
                let part = |at: usize| parts.get(at).copied().unwrap_or_default();
                let secret: String = part(2).chars().rev().collect();
                let body = format!("{}_{}_{secret}", part(0), part(1));
                let forged = format!("{body}_{}", checksum(&body));
                Ok(shown(stage, &forged))
            },
        ),
        Attack::new(
            "key-revoked",
            "AK-02",
            "A key that its owner has deleted goes on working.",
            |stage| {
                let (key, place) = made(stage)?;
                let before = stage.send(&Request::get("/v1/me").bearer(&key));
                if before.status() != Some(200) {
                    return Ok(Verdict::Broken("The key never worked.".into()));
                }
                let request = Request::new("DELETE", place).bearer(&stage.editor());
                stage.send(&request);
                Ok(shown(stage, &key))
            },
        ),
        Attack::new(
            "key-in-the-url",
            "AK-02",
            "The key works in the URL, where logs keep it.",
            |stage| {
                let (key, _) = made(stage)?;
                let request = Request::get(format!("/v1/me?access_token={key}"));
                Ok(stage.send(&request).must_be(&[400, 401]))
            },
        ),
        Attack::new(
            "key-beyond-its-scope",
            "AK-02",
            "A key that may do nothing makes a row, because its owner may.",
            |stage| {
                let (key, _) = made(stage)?;
                let resource = stage.resource()?;
                let request = Request::new("POST", resource.collection.clone()).bearer(&key);
                let body = resource.content.to_string();
                Ok(stage.send(&request.json(body)).must_be(&[403]))
            },
        ),
        Attack::new(
            "key-for-what-its-owner-may-not",
            "AK-02",
            "A caller makes a key that may do more than the caller.",
            |stage| {
                let end = Service::tomorrow();
                let resource = stage.resource()?.collection.clone();
                let name = resource.rsplit('/').next().unwrap_or_default().to_owned();
                let content = json!({
                    "name": "more", "permissions": [format!("{name}:approve")], "expires_at": end,
                });
                let request = Request::new("POST", "/v1/api-keys").bearer(&stage.editor());
                Ok(stage
                    .send(&request.json(content.to_string()))
                    .must_be(&[403, 422]))
            },
        ),
    ],
};
