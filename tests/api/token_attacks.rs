//! Attacks on tokens as data, one line each: all of them are 401, and none finds its token in an
//! answer (JW-01…JW-13). Claims and headers that are merely wrong are in `tokens.rs`.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde_json::{Value, json};

use crate::harness::{Service, token_for};

struct Parts {
    header: Value,
    claims: String,
    signature: String,
}

impl Parts {
    fn of(token: &str) -> Self {
        let parts: Vec<&str> = token.split('.').collect();
        let header = BASE64.decode(parts[0]).unwrap();
        Self {
            header: serde_json::from_slice(&header).unwrap(),
            claims: parts[1].to_owned(),
            signature: parts[2].to_owned(),
        }
    }

    fn with(&self, changes: &Value) -> String {
        let mut header = self.header.clone();
        for (name, value) in changes.as_object().unwrap() {
            header[name] = value.clone();
        }
        BASE64.encode(header.to_string())
    }

    /// The header changed, the signature left as it was.
    fn header(&self, changes: &Value) -> String {
        format!("{}.{}.{}", self.with(changes), self.claims, self.signature)
    }

    /// The header changed, and an HMAC with this secret in place of the signature.
    fn hmac(&self, algorithm: hmac::Algorithm, name: &str, secret: &[u8]) -> String {
        let signed = format!("{}.{}", self.with(&json!({ "alg": name })), self.claims);
        let tag = hmac::sign(&hmac::Key::new(algorithm, secret), signed.as_bytes());
        format!("{signed}.{}", BASE64.encode(tag))
    }

    fn signature(&self, signature: &[u8]) -> String {
        format!(
            "{}.{}.{}",
            self.with(&json!({})),
            self.claims,
            BASE64.encode(signature)
        )
    }
}

/// The public key in every spelling that a careless verifier might take for an HMAC secret.
fn spellings(service: &Service) -> Vec<Vec<u8>> {
    let file = std::fs::read(service.data_dir().join("dev/jwks.json")).unwrap();
    let set: Value = serde_json::from_slice(&file).unwrap();
    let key = &set["keys"][0];
    let part = |name: &str| BASE64.decode(key[name].as_str().unwrap()).unwrap();
    let point = [&[4], part("x").as_slice(), &part("y")].concat();
    // SubjectPublicKeyInfo of P-256: a fixed prefix, and the point.
    let prefix = BASE64
        .decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE")
        .unwrap();
    let der = [prefix.as_slice(), &point[1..]].concat();
    let standard = base64::engine::general_purpose::STANDARD.encode(&der);
    let (first, second) = standard.split_at(64);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{first}\n{second}\n-----END PUBLIC KEY-----");
    vec![
        Vec::new(),
        file,
        key.to_string().into_bytes(),
        key["x"].as_str().unwrap().as_bytes().to_vec(),
        key["kid"].as_str().unwrap().as_bytes().to_vec(),
        part("x"),
        point,
        der,
        standard.into_bytes(),
        format!("{pem}\n").into_bytes(),
        pem.into_bytes(),
    ]
}

fn attacks(service: &Service) -> Vec<(String, String)> {
    let token = service.token(&token_for("alice", &["editor"]));
    let parts = Parts::of(&token);
    let mut attacks: Vec<(String, String)> = Vec::new();
    for none in ["none", "None", "NONE", "nOnE", "", "null"] {
        let signed = format!("{}.{}.", parts.with(&json!({ "alg": none })), parts.claims);
        attacks.push((format!("alg {none}, no signature"), signed));
        attacks.push((format!("alg {none}"), parts.header(&json!({ "alg": none }))));
    }
    for (number, secret) in spellings(service).iter().enumerate() {
        for (algorithm, name) in [
            (hmac::HMAC_SHA256, "HS256"),
            (hmac::HMAC_SHA384, "HS384"),
            (hmac::HMAC_SHA512, "HS512"),
        ] {
            attacks.push((
                format!("{name}, spelling {number}"),
                parts.hmac(algorithm, name, secret),
            ));
        }
    }
    for algorithm in [
        "ES384", "ES512", "ES256K", "RS256", "RS512", "PS256", "EdDSA", "Ed25519", "ES256 ",
        "es256",
    ] {
        attacks.push((
            format!("alg {algorithm}"),
            parts.header(&json!({ "alg": algorithm })),
        ));
    }
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let order: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(&order[at * 2..at * 2 + 2], 16).unwrap())
        .collect();
    let half = BASE64.decode(&parts.signature).unwrap()[..32].to_vec();
    for (name, signature) in [
        ("r = s = 0", vec![0; 64]),
        ("r = 0", [vec![0; 32], half.clone()].concat()),
        ("s = 0", [half.clone(), vec![0; 32]].concat()),
        ("r = s = n", [order.clone(), order].concat()),
        ("half a signature", half.clone()),
        ("DER", vec![0x30, 6, 2, 1, 1, 2, 1, 1]),
        ("too long", [half.clone(), half.clone(), half].concat()),
        ("nothing", Vec::new()),
    ] {
        attacks.push((name.to_owned(), parts.signature(&signature)));
    }
    let foreign = Service::start();
    let theirs = foreign.token(&token_for("alice", &["editor"]));
    let published = std::fs::read(foreign.data_dir().join("dev/jwks.json")).unwrap();
    let jwk = serde_json::from_slice::<Value>(&published).unwrap()["keys"][0].clone();
    let stolen = Parts::of(&theirs);
    let ours = parts.header["kid"].clone();
    for (name, changes) in [
        ("another's key", json!({})),
        ("another's key under our name", json!({ "kid": ours })),
        ("embedded jwk", json!({ "jwk": jwk })),
        (
            "embedded jwk under our name",
            json!({ "jwk": jwk, "kid": ours }),
        ),
        (
            "jku",
            json!({ "jku": "https://attacker.example/jwks.json" }),
        ),
        ("x5u", json!({ "x5u": "https://attacker.example/cert.pem" })),
        ("x5c", json!({ "x5c": ["MIIB"] })),
        ("kid path", json!({ "kid": "../../../../dev/null" })),
        ("kid url", json!({ "kid": "https://attacker.example/key" })),
        ("kid sql", json!({ "kid": "x' UNION SELECT 'secret" })),
        ("kid command", json!({ "kid": "|/bin/sh" })),
        ("kid nul", json!({ "kid": "a\0b" })),
        ("kid long", json!({ "kid": "k".repeat(257) })),
        ("kid number", json!({ "kid": 1 })),
        ("kid list", json!({ "kid": [ours] })),
        ("crit", json!({ "crit": ["exp"], "exp": 1 })),
        ("b64", json!({ "b64": false, "crit": ["b64"] })),
    ] {
        attacks.push((name.to_owned(), stolen.header(&changes)));
    }
    let (head, tail) = token.split_at(token.len() / 2);
    for (name, forged) in [
        ("five segments (JWE)", format!("{token}.x.y")),
        ("four segments", format!("{token}.x")),
        ("two segments", token.rsplit_once('.').unwrap().0.to_owned()),
        ("padding", format!("{token}==")),
        ("a space within", format!("{head} {tail}")),
        ("standard alphabet", token.replace(['-', '_'], "+")),
        (
            "JSON serialisation",
            json!({ "payload": parts.claims, "signature": parts.signature }).to_string(),
        ),
        ("twice", format!("{token},{token}")),
        ("quoted", format!("\"{token}\"")),
    ] {
        if forged != token {
            attacks.push((name.to_owned(), forged));
        }
    }
    attacks
}

#[test]
fn every_attack_is_401_and_says_nothing() {
    let service = Service::start();
    let attacks = attacks(&service);
    assert!(attacks.len() > 80, "{}", attacks.len());
    for (name, token) in attacks {
        let answer = service.bearer(&token).get("/v1/me");
        assert_eq!(answer.status, 401, "{name}");
        let challenge = answer.header("www-authenticate");
        assert_eq!(
            challenge, r#"Bearer realm="api", error="invalid_token""#,
            "{name}"
        );
        let body = String::from_utf8(answer.body.clone()).unwrap();
        let part = token.split('.').next().unwrap_or_default();
        assert!(part.len() < 8 || !body.contains(part), "{name}");
    }
}
