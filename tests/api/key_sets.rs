//! What an issuer's key set may hold, and which of its keys a token gets: the one that has its `kid` and
//! is for its `alg` (JW-02, JW-03, JW-11; RFC 7517 §4.5).

use app::{auth::tokens::KeyError, clock::Clock};
use jsonwebtoken::Algorithm;
use rcgen::{KeyPair, PKCS_ED25519, PKCS_RSA_SHA256, RsaKeySize, SignatureAlgorithm};
use serde_json::{Value, json};

use crate::{
    https_server::{Answer, Server},
    other_issuer::{ISSUER, Other, claims},
};

fn other(key: &'static SignatureAlgorithm, algorithm: Algorithm) -> Other {
    let key = KeyPair::generate_for(key).unwrap();
    Other::new(&key, algorithm, &json!({}))
}

fn rsa() -> KeyPair {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap()
}

/// Why a token of `signer` with this header is refused by a service that trusts `issuer`; "" if it is not.
fn verdict(issuer: &Other, settings: &str, signer: &Other, header: &Value) -> &'static str {
    let (verifier, clock) = issuer.verifier(settings).unwrap();
    let token = signer.sign(header, &claims(clock.now(), &json!({})));
    let outcome = actix_web::rt::System::new().block_on(verifier.verify(&token));
    outcome.err().map_or("", |refusal| refusal.reason().name())
}

#[test]
fn two_keys_of_one_id_are_told_apart_by_their_algorithm() {
    let elliptic = Other::es256();
    let rsa = Other::new(&rsa(), Algorithm::RS256, &json!({}));
    let both = [elliptic.published(&json!({})), rsa.published(&json!({}))];
    let settings = "algorithms = [\"RS256\", \"ES256\"]\nallow_rsa_2048 = true";
    for keys in [both.clone(), [both[1].clone(), both[0].clone()]] {
        elliptic.publish(&keys);
        for signer in [&elliptic, &rsa] {
            let header = signer.header("at+jwt");
            assert_eq!(
                verdict(&elliptic, settings, signer, &header),
                "",
                "{header}"
            );
        }
    }
}

#[test]
fn one_key_that_is_listed_for_several_algorithms_is_used_for_each() {
    let key = rsa();
    let algorithms = [Algorithm::RS256, Algorithm::PS256, Algorithm::PS512];
    let signers = algorithms.map(|algorithm| Other::new(&key, algorithm, &json!({})));
    let issuer = &signers[0];
    issuer.publish(
        &signers
            .each_ref()
            .map(|signer| signer.published(&json!({}))),
    );
    let settings = "algorithms = [\"PS256\", \"PS512\"]\nallow_rsa_2048 = true";
    let verdicts = signers
        .each_ref()
        .map(|signer| verdict(issuer, settings, signer, &signer.header("at+jwt")));
    assert_eq!(verdicts, ["alg_not_allowed", "", ""]);
}

#[test]
fn an_rsa_key_that_names_no_algorithm_is_for_the_first_that_is_listed() {
    let key = rsa();
    let [first, second] = [Algorithm::PS256, Algorithm::RS256]
        .map(|algorithm| Other::new(&key, algorithm, &json!({})));
    first.publish(&[first.published(&json!({ "alg": null }))]);
    let settings = "algorithms = [\"PS256\", \"RS256\"]\nallow_rsa_2048 = true";
    let verdict = |signer: &Other| verdict(&first, settings, signer, &signer.header("at+jwt"));
    assert_eq!([verdict(&first), verdict(&second)], ["", "key_unknown"]);
}

#[test]
fn of_two_keys_of_one_id_and_algorithm_the_first_counts() {
    let [first, second] = [Other::es256(), Other::es256()];
    let key = |issuer: &Other| issuer.published(&json!({}));
    first.publish(&[key(&first), key(&second)]);
    let verdict = |signer: &Other| verdict(&first, "", signer, &signer.header("at+jwt"));
    assert_eq!([verdict(&first), verdict(&second)], ["", "bad_signature"]);
}

#[test]
fn ed25519_has_two_names() {
    let issuer = other(&PKCS_ED25519, Algorithm::EdDSA);
    for configured in ["EdDSA", "Ed25519"] {
        for published in ["EdDSA", "Ed25519"] {
            for named in ["EdDSA", "Ed25519"] {
                issuer.publish(&[issuer.published(&json!({ "alg": published }))]);
                let settings = format!("algorithms = [\"{configured}\"]");
                let mut header = issuer.header("at+jwt");
                header["alg"] = json!(named);
                let verdict = verdict(&issuer, &settings, &issuer, &header);
                assert_eq!(verdict, "", "{configured} {published} {named}");
            }
        }
    }
    issuer.publish(&[issuer.published(&json!({ "alg": "Ed448" }))]);
    let refused = issuer.usable("algorithms = [\"Ed25519\"]");
    assert!(matches!(refused, Err(KeyError::NoUsableKey)));
}

#[test]
fn a_key_id_is_any_text_of_256_bytes() {
    let issuer = Other::es256();
    let longest = "k".repeat(256);
    for id in [
        "urn:ietf:params:oauth:jwk-thumbprint:sha-256:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
        "https://id.example.com/keys/1?a=b#c",
        "r4nD0m+/=",
        "a kid with spaces",
        "ключ",
        "../../etc/passwd",
        "x' OR '1'='1",
        "line\nfeed",
        &longest,
    ] {
        issuer.publish(&[issuer.published(&json!({ "kid": id }))]);
        let mut header = issuer.header("at+jwt");
        header["kid"] = json!(id);
        assert_eq!(verdict(&issuer, "", &issuer, &header), "", "{id}");
    }
    for id in ["k".repeat(257), String::new()] {
        issuer.publish(&[issuer.published(&json!({ "kid": id }))]);
        let refused = issuer.usable("");
        assert!(matches!(refused, Err(KeyError::NoUsableKey)), "{id:?}");
    }
}

#[test]
fn of_a_key_set_the_first_64_keys_are_looked_at() {
    let issuer = Other::es256();
    let others = Other::es256();
    let key = |number: usize| others.published(&json!({ "kid": format!("other-{number}") }));
    let header = issuer.header("at+jwt");
    for (before, expected) in [(63, ""), (64, "key_unknown")] {
        let mut keys: Vec<Value> = (0..before).map(key).collect();
        keys.push(issuer.published(&json!({})));
        issuer.publish(&keys);
        assert_eq!(verdict(&issuer, "", &issuer, &header), expected, "{before}");
    }
}

#[test]
fn keys_are_found_by_the_providers_metadata_if_it_is_this_issuers() {
    let issuer = Other::es256();
    let keys = json!({ "keys": [issuer.published(&json!({}))] }).to_string();
    for (named, expected) in [(ISSUER, 200), ("https://id.example.com/", 503)] {
        let keys = keys.clone();
        let server = Server::start(move |request| {
            if request.path == "/keys" {
                return Answer::ok("application/jwk-set+json", &keys);
            }
            let jwks_uri = format!("{}/keys", request.url);
            let metadata = json!({ "issuer": named, "jwks_uri": jwks_uri }).to_string();
            Answer::ok("application/json", &metadata)
        });
        let service = issuer.service(&format!(
            "discovery = \"{}/metadata\"\nca_file = \"{}\"\nallow_private_network = true",
            server.url,
            server.ca_file().display()
        ));
        let alice = issuer.actor(&service, "at+jwt", &json!({}));
        assert_eq!(alice.get("/v1/me").status, expected, "{named}");
    }
}
