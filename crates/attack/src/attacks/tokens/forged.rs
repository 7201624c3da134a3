//! How the tokens of these attacks are made: from the editor's token, by the issuer's own key, or by a foreign one.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde_json::{Value, json};
use testkit::{Forger, SigningKey};

use crate::{
    attack::{Missing, Verdict},
    request::Request,
    stage::Stage,
};

/// A token in its three parts.
pub(super) struct Parts {
    header: Value,
    pub claims: Value,
    pub signature: String,
}

impl Parts {
    pub fn of(token: &str) -> Self {
        let parts: Vec<&str> = token.split('.').collect();
        let part = |at: usize| parts.get(at).copied().unwrap_or_default();
        let object = |at| {
            let text = BASE64.decode(part(at)).unwrap_or_default();
            serde_json::from_slice(&text).unwrap_or_default()
        };
        Self {
            header: object(0),
            claims: object(1),
            signature: part(2).to_owned(),
        }
    }

    /// This header member and this signature, in the token's own claims.
    pub fn signed(&self, changes: &Value, signature: &str) -> String {
        let header = with(&self.header, changes).to_string();
        let claims = self.claims.to_string();
        let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
        format!("{signed}.{signature}")
    }
}

pub(super) fn with(object: &Value, changes: &Value) -> Value {
    let mut object = object.clone();
    for (name, value) in changes.as_object().into_iter().flatten() {
        if let Some(members) = object.as_object_mut() {
            members.insert(name.clone(), value.clone());
        }
    }
    object
}

/// This token, shown.
pub(super) fn shown(stage: &mut Stage, token: &str) -> Verdict {
    let request = Request::get("/v1/me").bearer(token);
    stage.send(&request).must_be(&[401])
}

/// The editor's token with another header and without its signature's sense: what a stranger can make.
pub(super) fn unsigned(stage: &mut Stage, changes: &Value) -> Verdict {
    let parts = Parts::of(&stage.editor());
    let foreign = BASE64.encode([7; 64]);
    shown(stage, &parts.signed(changes, &foreign))
}

/// A token of the issuer's with these claims changed; `null` leaves one out.
pub(super) fn claims(stage: &mut Stage, changes: &Value) -> Result<Verdict, Missing> {
    let token = {
        let forger = &stage.service().key()?.forger;
        let mut claims = with(&forger.claims, changes);
        if let Some(members) = claims.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        forger.sign(&forger.header.to_string(), &claims.to_string())
    };
    Ok(shown(stage, &token))
}

/// A token of the issuer's with this header changed; `null` leaves a member out.
pub(super) fn header(stage: &mut Stage, changes: &Value) -> Result<Verdict, Missing> {
    let token = {
        let forger = &stage.service().key()?.forger;
        let mut header = with(&forger.header, changes);
        if let Some(members) = header.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        forger.sign(&header.to_string(), &forger.claims.to_string())
    };
    Ok(shown(stage, &token))
}

/// The time that a claim of the editor's token has, and so much more.
pub(super) fn time(stage: &Stage, claim: &str, more: i64) -> Result<Value, Missing> {
    let Forger { claims, .. } = &stage.service().key()?.forger;
    let at = claims.get(claim).and_then(Value::as_i64);
    Ok(json!(at.unwrap_or_default() + more))
}

/// The issuer's public key as PEM: what a careless verifier takes for an HMAC secret.
pub(super) fn public_pem(published: &Value) -> String {
    let part = |name: &str| {
        let text = published.pointer(&format!("/keys/0/{name}"));
        let text = text.and_then(Value::as_str).unwrap_or_default();
        BASE64.decode(text).unwrap_or_default()
    };
    // SubjectPublicKeyInfo of P-256: a fixed prefix, and the point.
    let prefix = BASE64.decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE");
    let der = [prefix.unwrap_or_default(), part("x"), part("y")].concat();
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let (first, second) = text.split_at(text.len().min(64));
    format!("-----BEGIN PUBLIC KEY-----\n{first}\n{second}\n-----END PUBLIC KEY-----\n")
}

/// The editor's token under an HMAC with this secret.
pub(super) fn hmac_with(stage: &mut Stage, secret: &[u8]) -> Verdict {
    let parts = Parts::of(&stage.editor());
    let changes = json!({ "alg": "HS256" });
    let token = parts.signed(&changes, "");
    let signed = token.trim_end_matches('.');
    let tag = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, secret),
        signed.as_bytes(),
    );
    let token = format!("{signed}.{}", BASE64.encode(tag));
    shown(stage, &token)
}

/// The issuer's header and claims, signed by a key of the attacker's.
pub(super) fn foreign(stage: &Stage) -> Result<String, Missing> {
    let Forger { header, claims, .. } = &stage.service().key()?.forger;
    Ok(SigningKey::new("foreign").sign_header(header, claims))
}

/// The same with that key in the header.
pub(super) fn foreign_with_its_key(stage: &Stage) -> Result<String, Missing> {
    let Forger { header, claims, .. } = &stage.service().key()?.forger;
    let key = SigningKey::new("foreign");
    let set = testkit::key_set(&[&key]);
    let public = set.pointer("/keys/0").cloned().unwrap_or_default();
    let header = with(header, &json!({ "jwk": public, "kid": "foreign" }));
    Ok(key.sign_header(&header, claims))
}
