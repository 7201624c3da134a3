//! A3: a token is believed when its issuer signed it, for this service, for now; and never because of what it says
//! of itself.
//!
//! Half of these tokens are signed by the issuer's own key: a genuine signature alone must open nothing.

mod forged;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde_json::{Value, json};

use crate::attack::{Attack, Group, Verdict};
use forged::{
    Parts, claims, foreign, foreign_with_its_key, header, hmac_with, public_pem, shown, time,
    unsigned, with,
};

pub(super) static GROUP: Group = Group {
    recommendation: "A3",
    title: "JWT: strong algorithms, issuer, audience, time",
    attacks: &[
        Attack::new(
            "token-alg-none",
            "JW-02",
            "A token that says of itself that nobody signed it is believed.",
            |stage| {
                let parts = Parts::of(&stage.editor());
                let verdicts: Vec<_> = ["none", "None", "nOnE", ""]
                    .iter()
                    .map(|none| shown(stage, &parts.signed(&json!({ "alg": none }), "")))
                    .collect();
                Ok(Verdict::all(verdicts))
            },
        ),
        Attack::new(
            "token-hs256-with-public-key",
            "JW-02",
            "The issuer's public key, which anybody can have, serves as the secret of an HMAC.",
            |stage| {
                let published = stage.service().key()?.published.clone();
                let first = hmac_with(stage, public_pem(&published).as_bytes());
                let second = hmac_with(stage, published.to_string().as_bytes());
                Ok(Verdict::all([first, second]))
            },
        ),
        Attack::new(
            "token-hs256-with-empty-secret",
            "JW-02",
            "A secret that was never set is empty, and an HMAC with it is valid.",
            |stage| Ok(hmac_with(stage, b"")),
        ),
        Attack::new(
            "token-other-algorithm",
            "JW-02",
            "An algorithm that nobody listed is good enough.",
            |stage| {
                let verdicts: Vec<_> = ["ES384", "RS256", "EdDSA", "es256"]
                    .iter()
                    .map(|name| unsigned(stage, &json!({ "alg": name })))
                    .collect();
                Ok(Verdict::all(verdicts))
            },
        ),
        Attack::new(
            "token-signature-stripped",
            "JW-01",
            "A token without its signature is believed.",
            |stage| {
                let parts = Parts::of(&stage.editor());
                Ok(shown(stage, &parts.signed(&json!({}), "")))
            },
        ),
        Attack::new(
            "token-signature-of-zeros",
            "JW-01",
            "r = s = 0 is a valid ECDSA signature of anything (psychic signatures, CVE-2022-21449).",
            |stage| {
                let parts = Parts::of(&stage.editor());
                let zeros = BASE64.encode([0; 64]);
                Ok(shown(stage, &parts.signed(&json!({}), &zeros)))
            },
        ),
        Attack::new(
            "token-claims-changed",
            "JW-01",
            "A caller writes another subject and all roles into a genuine token.",
            |stage| {
                let mut parts = Parts::of(&stage.editor());
                let changes = json!({ "sub": "root", "roles": ["admin", "approver"] });
                parts.claims = with(&parts.claims, &changes);
                let signature = parts.signature.clone();
                Ok(shown(stage, &parts.signed(&json!({}), &signature)))
            },
        ),
        Attack::new(
            "token-of-a-foreign-key",
            "JW-03",
            "A key of the attacker's signs, under the name of the issuer's.",
            |stage| {
                let token = foreign(stage)?;
                Ok(shown(stage, &token))
            },
        ),
        Attack::new(
            "token-key-unknown",
            "JW-03",
            "A key id that nobody published falls back to whatever key there is.",
            |stage| header(stage, &json!({ "kid": "nobody-published-this" })),
        ),
        Attack::new(
            "token-key-left-out",
            "JW-03",
            "A token that names no key is tried with every key.",
            |stage| header(stage, &json!({ "kid": null })),
        ),
        Attack::new(
            "token-kid-is-a-path",
            "JW-11",
            "The key id is a path, and an empty file is a known key.",
            |stage| header(stage, &json!({ "kid": "../../../../../../dev/null" })),
        ),
        Attack::new(
            "token-kid-is-sql",
            "JW-11",
            "The key id goes into a query, which answers with a key of the attacker's.",
            |stage| header(stage, &json!({ "kid": "x' UNION SELECT 'secret' --" })),
        ),
        Attack::new(
            "token-brings-its-key",
            "JW-10",
            "The token brings the key along that it is to be verified with (jwk, CVE-2018-0114).",
            |stage| {
                let token = foreign_with_its_key(stage)?;
                Ok(shown(stage, &token))
            },
        ),
        Attack::new(
            "token-says-where-its-key-is",
            "JW-10",
            "The token says at which address its key is found (jku, x5u), and the service goes there.",
            |stage| {
                let first = unsigned(
                    stage,
                    &json!({ "jku": "https://127.0.0.1:1/keys", "kid": "k" }),
                );
                let second = unsigned(
                    stage,
                    &json!({ "x5u": "https://127.0.0.1:1/x", "kid": "k" }),
                );
                Ok(Verdict::all([first, second]))
            },
        ),
        Attack::new(
            "token-critical-extension",
            "JW-09",
            "An extension that must be understood is passed over (crit).",
            |stage| header(stage, &json!({ "crit": ["exp"], "exp": 1 })),
        ),
        Attack::new(
            "token-unencoded-payload",
            "JW-09",
            "b64 changes what the signature covers, and the verifier does not know (RFC 7797).",
            |stage| header(stage, &json!({ "b64": false })),
        ),
        Attack::new(
            "token-of-another-kind",
            "JW-08",
            "An ID token or a logout token, signed by the same key, opens the API.",
            |stage| {
                let first = header(stage, &json!({ "typ": "JWT" }))?;
                let second = header(stage, &json!({ "typ": "logout+jwt" }))?;
                let third = header(stage, &json!({ "typ": null }))?;
                Ok(Verdict::all([first, second, third]))
            },
        ),
        Attack::new(
            "token-expired",
            "JW-06",
            "A token from an old log still works.",
            |stage| {
                let changes = json!({
                    "iat": time(stage, "iat", -7200)?,
                    "exp": time(stage, "iat", -3600)?,
                });
                claims(stage, &changes)
            },
        ),
        Attack::new(
            "token-without-expiry",
            "JW-06",
            "A token that never ends is believed.",
            |stage| claims(stage, &json!({ "exp": null })),
        ),
        Attack::new(
            "token-not-yet-valid",
            "JW-06",
            "A token that was made for later works now.",
            |stage| {
                let changes = json!({ "nbf": time(stage, "iat", 600)? });
                claims(stage, &changes)
            },
        ),
        Attack::new(
            "token-from-the-future",
            "JW-06",
            "A token is dated into the future and outlives every revocation of what came before.",
            |stage| {
                let changes = json!({
                    "iat": time(stage, "iat", 1200)?,
                    "exp": time(stage, "iat", 2400)?,
                });
                claims(stage, &changes)
            },
        ),
        Attack::new(
            "token-for-a-year",
            "JW-07",
            "A leaked token is good for a year.",
            |stage| {
                let changes = json!({ "exp": time(stage, "iat", 365 * 86400)? });
                claims(stage, &changes)
            },
        ),
        Attack::new(
            "token-for-another-service",
            "JW-05",
            "A token that a caller gave to another service is played on by that service.",
            |stage| claims(stage, &json!({ "aud": "another-service" })),
        ),
        Attack::new(
            "token-for-nobody",
            "JW-05",
            "A token without an audience is good for every service.",
            |stage| claims(stage, &json!({ "aud": null })),
        ),
        Attack::new(
            "token-of-another-issuer",
            "JW-04",
            "An issuer that nobody configured is as good as ours.",
            |stage| claims(stage, &json!({ "iss": "https://issuer.evil.example" })),
        ),
        Attack::new(
            "token-issuer-nearly-ours",
            "JW-04",
            "An issuer whose name begins like ours passes a comparison of prefixes.",
            |stage| {
                let forger = &stage.service().key()?.forger;
                let issuer = forger.claims.get("iss").and_then(Value::as_str);
                let issuer = format!("{}.evil.example", issuer.unwrap_or_default());
                claims(stage, &json!({ "iss": issuer }))
            },
        ),
        Attack::new(
            "token-without-subject",
            "JW-07",
            "A token of nobody in particular gets in.",
            |stage| claims(stage, &json!({ "sub": null })),
        ),
        Attack::new(
            "token-without-id",
            "JW-07",
            "A token without an id cannot be revoked, and works.",
            |stage| claims(stage, &json!({ "jti": null })),
        ),
        Attack::new(
            "token-scope-is-a-list",
            "JW-13",
            "A scope of another JSON type is read as no restriction.",
            |stage| claims(stage, &json!({ "scope": ["everything"] })),
        ),
        Attack::new(
            "token-claim-twice",
            "JW-13",
            "Two subjects in one token: a gateway reads the first, the service the second.",
            |stage| {
                let token = {
                    let forger = &stage.service().key()?.forger;
                    let claims = forger.claims.to_string();
                    let claims = claims.replacen('{', "{\"sub\":\"root\",", 1);
                    forger.sign(&forger.header.to_string(), &claims)
                };
                Ok(shown(stage, &token))
            },
        ),
        Attack::new(
            "token-of-great-length",
            "JW-11",
            "A huge token keeps a processor busy before anybody knows whose it is.",
            |stage| claims(stage, &json!({ "padding": "x".repeat(17_000) })),
        ),
    ],
};
