//! Why a token is refused, for the log and the journal: every reason that `docs/audit.md` lists, each
//! of them for what it says (JW-01…JW-13, LO-02). The client is told none of them (`token_attacks.rs`).

use std::collections::BTreeSet;

use app::{auth::tokens::Refusal, clock::Clock};
use serde_json::{Value, json};

use crate::{
    harness::ManualClock,
    other_issuer::{self, ISSUER, Other},
};

/// Whoever signs what they like with the issuer's key, and the verdict on it.
struct Bench {
    issuer: Other,
    verifier: app::auth::tokens::TokenVerifier,
    clock: std::sync::Arc<ManualClock>,
}

impl Bench {
    fn new(settings: &str) -> Self {
        let issuer = Other::es256();
        let (verifier, clock) = issuer.verifier(settings).unwrap();
        Self {
            issuer,
            verifier,
            clock,
        }
    }

    fn now(&self) -> i64 {
        self.clock.now().unix_timestamp()
    }

    fn verdict(&self, token: &str) -> Option<Refusal> {
        let system = actix_web::rt::System::new();
        system.block_on(self.verifier.verify(token)).err()
    }

    fn reason(&self, token: &str) -> &'static str {
        self.verdict(token)
            .map_or("", |refusal| refusal.reason().name())
    }

    /// A token with this in its header; without the member for `None`.
    fn header(&self, name: &str, value: Option<Value>) -> String {
        let header = with(self.issuer.header("at+jwt"), name, value);
        self.issuer.sign(&header, &self.claims())
    }

    /// A token with this among its claims.
    fn claim(&self, name: &str, value: Option<Value>) -> String {
        let claims = with(self.claims(), name, value);
        self.issuer.sign(&self.issuer.header("at+jwt"), &claims)
    }

    fn claims(&self) -> Value {
        other_issuer::claims(self.clock.now(), &json!({}))
    }
}

fn with(mut object: Value, name: &str, value: Option<Value>) -> Value {
    match value {
        Some(value) => object[name] = value,
        None => drop(object.as_object_mut().unwrap().remove(name)),
    }
    object
}

/// Reason, member and value of a header that is refused.
fn headers() -> Vec<(&'static str, &'static str, Option<Value>)> {
    vec![
        ("typ", "typ", None),
        ("typ", "typ", Some(json!("JWT"))),
        ("typ", "typ", Some(json!("logout+jwt"))),
        ("typ", "typ", Some(json!(null))),
        ("crit", "crit", Some(json!(["exp"]))),
        ("crit", "crit", Some(json!([]))),
        ("crit", "b64", Some(json!(false))),
        ("crit", "zip", Some(json!("DEF"))),
        ("crit", "enc", Some(json!("A256GCM"))),
        ("crit", "cty", Some(json!("JWT"))),
        ("alg_not_allowed", "alg", None),
        ("alg_not_allowed", "alg", Some(json!("none"))),
        ("alg_not_allowed", "alg", Some(json!("HS256"))),
        ("alg_not_allowed", "alg", Some(json!("ES384"))),
        ("alg_not_allowed", "alg", Some(json!("RS256"))),
        ("alg_not_allowed", "alg", Some(json!("Ed25519"))),
        ("alg_not_allowed", "alg", Some(json!("es256"))),
        ("alg_not_allowed", "alg", Some(json!(1))),
        ("key_unknown", "kid", None),
        ("key_unknown", "kid", Some(json!("unknown"))),
        ("key_unknown", "kid", Some(json!("../../dev/ca.key"))),
        (
            "key_unknown",
            "kid",
            Some(json!("https://attacker.example/key")),
        ),
        ("key_unknown", "kid", Some(json!(null))),
        ("key_unknown", "kid", Some(json!(1))),
        ("key_unknown", "kid", Some(json!(""))),
        ("key_unknown", "kid", Some(json!("k".repeat(257)))),
    ]
}

/// Reason, name and value of a claim that is refused.
fn claims(now: i64) -> Vec<(&'static str, &'static str, Option<Value>)> {
    let mut cases: Vec<_> = ["iss", "aud", "exp", "iat", "sub", "jti", "client_id"]
        .into_iter()
        .flat_map(|name| {
            let null = if name == "aud" {
                "claim_type"
            } else {
                "claim_missing"
            };
            [
                ("claim_missing", name, None),
                (null, name, Some(json!(null))),
            ]
        })
        .collect();
    let refused = [
        ("iss", "iss", json!("https://other.example")),
        ("iss", "iss", json!(format!("{ISSUER}/"))),
        ("aud", "aud", json!("another-service")),
        ("aud", "aud", json!([])),
        ("claim_type", "iss", json!([ISSUER])),
        ("claim_type", "aud", json!(["hardened-api", 7])),
        ("claim_type", "aud", json!({ "hardened-api": true })),
        ("claim_type", "exp", json!((now + 600).to_string())),
        ("claim_type", "exp", json!(i64::MAX)),
        ("claim_type", "exp", json!(1e300)),
        ("claim_type", "exp", json!(true)),
        ("claim_type", "iat", json!([now])),
        ("claim_type", "nbf", json!("0")),
        ("claim_type", "sub", json!("")),
        ("claim_type", "sub", json!(7)),
        ("claim_type", "sub", json!("a\nb")),
        ("claim_type", "sub", json!("x".repeat(256))),
        ("claim_type", "jti", json!(1)),
        ("claim_type", "client_id", json!(["web"])),
        ("claim_type", "roles", json!("editor")),
        ("claim_type", "roles", json!([["editor"]])),
        ("claim_type", "scope", json!(["invoices:read"])),
        ("claim_type", "auth_time", json!("yesterday")),
        ("expired", "exp", json!(now - 10)),
        ("expired", "exp", json!(600.5)),
        ("not_yet_valid", "iat", json!(now + 11)),
        (
            "not_yet_valid",
            "iat",
            json!(f64::from(u32::try_from(now).unwrap()) + 10.5),
        ),
        ("not_yet_valid", "nbf", json!(now + 11)),
        ("lifetime", "exp", json!(now + 3601)),
        ("lifetime", "exp", json!(now)),
        ("cnf_required", "cnf", json!({ "jkt": "x" })),
        ("cnf_required", "cnf", json!(null)),
        ("typ", "nonce", json!("n")),
        ("typ", "typ", json!("ID")),
        ("too_large", "groups", json!(vec!["g"; 257])),
    ];
    cases.extend(refused.map(|(reason, name, value)| (reason, name, Some(value))));
    cases
}

fn documented() -> BTreeSet<String> {
    let text = include_str!("../../docs/audit.md");
    let mut lines = text.lines();
    let row = lines.find_map(|line| line.strip_prefix("| `authn_token_fail` | `"));
    let row = row.unwrap().trim_end_matches("` |");
    row.split("`, `").map(str::to_owned).collect()
}

#[test]
fn each_reason_is_given_for_what_it_says_and_none_is_left_out() {
    let bench = Bench::new("");
    let mut seen = BTreeSet::from(["missing".to_owned(), "keys_unavailable".to_owned()]);
    let mut refused = |reason: &str, token: &str, what: &str| {
        assert_eq!(bench.reason(token), reason, "{what}");
        seen.insert(reason.to_owned());
    };
    for (reason, name, value) in headers() {
        let what = format!("{name}: {value:?}");
        refused(reason, &bench.header(name, value), &what);
    }
    for (reason, name, value) in claims(bench.now()) {
        let what = format!("{name}: {value:?}");
        refused(reason, &bench.claim(name, value), &what);
    }
    let good = bench.claim("extra", Some(json!(1)));
    let (signed, _) = good.rsplit_once('.').unwrap();
    let (header, claims) = (bench.issuer.header("at+jwt"), bench.claims());
    let twice = claims.to_string().replacen('{', r#"{"sub":"admin","#, 1);
    for (reason, token) in [
        ("too_large", "x".repeat(16 * 1024 + 1)),
        ("malformed", "nonsense".to_owned()),
        ("malformed", "e30.e30".to_owned()),
        ("malformed", format!("{good}=.")),
        (
            "malformed",
            bench.issuer.sign_text(&header.to_string(), &twice),
        ),
        ("bad_signature", format!("{signed}.{}", "A".repeat(86))),
        ("bad_signature", format!("{signed}.")),
    ] {
        refused(reason, &token, &token);
    }
    assert_eq!(seen, documented());
}

#[test]
fn the_reasons_that_operators_are_told_to_look_for_are_given() {
    let text = include_str!("../../docs/issuers.md");
    let rows = text.lines().filter(|line| line.starts_with("| 401 |"));
    let known = documented();
    let mut count = 0;
    for row in rows {
        let reason = row.split('`').nth(1).unwrap();
        assert!(known.contains(reason), "{row}");
        count += 1;
    }
    assert!(count >= 9, "{count}");
}

#[test]
fn what_is_harmless_passes() {
    let bench = Bench::new("");
    let now = bench.now();
    let fraction = f64::from(u32::try_from(now).unwrap()) + 0.5;
    for (name, value) in [
        ("acr", json!(null)),
        ("nbf", json!(null)),
        ("auth_time", json!(null)),
        ("roles", json!(null)),
        ("scope", json!(null)),
        // Nobody asked for one.
        ("acr", json!(1)),
        ("acr", json!("")),
        ("acr", json!(["gold"])),
        ("exp", json!(fraction + 600.0)),
        ("iat", json!(fraction)),
        ("nbf", json!(fraction)),
        ("auth_time", json!(fraction - 60.0)),
        ("aud", json!(["x", "hardened-api"])),
        ("sub", json!("x".repeat(255))),
        ("groups", json!(vec!["g"; 256])),
    ] {
        let what = format!("{name}: {value}");
        assert_eq!(bench.reason(&bench.claim(name, Some(value))), "", "{what}");
    }
}

#[test]
fn a_header_only_names_what_is_trusted_already() {
    let bench = Bench::new("");
    for (name, value) in [
        ("typ", json!("application/AT+JWT")),
        ("jku", json!("https://attacker.example/keys")),
        ("jwk", json!({ "kty": "oct", "k": "AAAA" })),
        ("x5u", json!("https://attacker.example/cert.pem")),
    ] {
        let reason = bench.reason(&bench.header(name, Some(value)));
        assert_eq!(reason, "", "{name}");
    }
}

#[test]
fn where_acr_is_asked_for_it_is_a_string_or_null() {
    let bench = Bench::new("step_up_acr_values = [\"gold\"]");
    let reason = |acr: Value| bench.reason(&bench.claim("acr", Some(acr)));
    assert_eq!(reason(json!(null)), "");
    assert_eq!(reason(json!("gold")), "");
    assert_eq!(reason(json!(1)), "claim_type");
}

#[test]
fn an_issuer_that_differs_by_a_slash_is_shown_in_both_spellings_and_a_strangers_is_not() {
    let shown = |configured: &str, token: &str| {
        let bench = Bench::new(&format!("issuer = \"{configured}\""));
        let refusal = bench.verdict(&bench.claim("iss", Some(json!(token))));
        refusal.unwrap().to_string()
    };
    let slash = format!("{ISSUER}/");
    for (configured, token) in [
        (ISSUER, slash.as_str()),
        (&slash, ISSUER),
        (ISSUER, "https://ID.example.com"),
    ] {
        let shown = shown(configured, token);
        assert!(shown.contains(&format!("{configured:?}")), "{shown}");
        assert!(shown.contains(&format!("{token:?}")), "{shown}");
    }
    for stranger in ["https://attacker.example", "https://id.example.com//////"] {
        assert_eq!(shown(ISSUER, stranger), "iss");
    }
}
