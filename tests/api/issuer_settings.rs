//! What can be configured of an issuer that is not as RFC 9068 has it: each setting does its work, and
//! without it the same token is refused (JW-02, JW-03, JW-08, AZ-01, SC-03).

use app::{auth::tokens::KeyError, clock::Clock};
use jsonwebtoken::Algorithm;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};

use crate::{
    harness::Service,
    invoices::draft,
    other_issuer::{ISSUER, Other},
};

/// Settings, the `typ` and the claims of a token: accepted with the settings, and as `without` says
/// without them.
fn accepted_with(settings: &str, typ: &str, changes: &Value, without: u16) {
    let other = Other::es256();
    let plain = other.service("");
    let refused = other.actor(&plain, typ, changes).get("/v1/invoices");
    assert_eq!(refused.status, without, "without {settings}");
    let service = other.service(settings);
    let accepted = other.actor(&service, typ, changes).get("/v1/invoices");
    assert_eq!(accepted.status, 200, "with {settings}");
}

#[test]
fn a_token_as_the_standard_has_it_needs_no_settings() {
    let other = Other::es256();
    let service = other.service("");
    let alice = other.actor(&service, "at+jwt", &json!({}));
    assert_eq!(alice.get("/v1/me").json()["issuer"], ISSUER);
    assert_eq!(alice.get("/v1/invoices").status, 200);
}

#[test]
fn two_issuers_alices_are_two_people() {
    let other = Other::es256();
    let service = other.service("");
    let theirs = draft(&other.actor(&service, "at+jwt", &json!({})));
    assert_eq!(service.editor("alice").get(&theirs).status, 404);
}

#[test]
fn each_setting_admits_what_it_is_for() {
    let jwt = "token_types = [\"at+jwt\", \"JWT\"]";
    accepted_with(jwt, "JWT", &json!({}), 401);
    let none = |name: &str| json!({ name: null });
    accepted_with(
        "client_claim = \"/azp\"",
        "at+jwt",
        &json!({ "client_id": null, "azp": "web" }),
        401,
    );
    accepted_with(
        "token_id_claim = \"/uti\"",
        "at+jwt",
        &json!({ "jti": null, "uti": "1" }),
        401,
    );
    accepted_with(
        "scope_claim = \"/scp\"",
        "at+jwt",
        &json!({ "scope": null, "scp": "invoices:read" }),
        403,
    );
    accepted_with("ignore_scope = true", "at+jwt", &none("scope"), 403);
    let realm = "roles_claim = \"/realm_access/roles\"\nroles = { \"api-editors\" = \"editor\" }";
    let claims =
        json!({ "roles": null, "realm_access": { "roles": ["offline_access", "api-editors"] } });
    accepted_with(realm, "at+jwt", &claims, 403);
    let spaced = "roles_claim = \"/https:~1~1example.com~1roles\"\nroles = { \"E\" = \"editor\" }";
    accepted_with(
        spaced,
        "at+jwt",
        &json!({ "roles": null, "https://example.com/roles": ["E"] }),
        403,
    );
}

#[test]
fn a_table_of_roles_gives_only_what_it_names() {
    let other = Other::es256();
    let service = other.service("roles = { \"api-readers\" = \"reader\" }");
    let roles = |names: Value| {
        let actor = other.actor(&service, "at+jwt", &json!({ "roles": names }));
        actor.get("/v1/me").json()["roles"].clone()
    };
    assert_eq!(
        roles(json!(["api-readers", "editor", "admin"])),
        json!(["reader"])
    );
}

#[test]
fn with_jwt_as_a_type_other_kinds_of_tokens_are_still_refused() {
    let other = Other::es256();
    let service = other.service("token_types = [\"JWT\"]");
    for changes in [
        json!({ "nonce": "n" }),
        json!({ "at_hash": "x" }),
        json!({ "events": { "http://schemas.openid.net/event/backchannel-logout": {} } }),
        json!({ "typ": "ID" }),
        json!({ "typ": "Refresh" }),
    ] {
        assert_eq!(
            other.actor(&service, "JWT", &changes).get("/v1/me").status,
            401,
            "{changes}"
        );
    }
    let keycloak = json!({ "typ": "Bearer" });
    assert_eq!(
        other.actor(&service, "JWT", &keycloak).get("/v1/me").status,
        200
    );
    assert_eq!(
        other
            .actor(&service, "at+jwt", &json!({}))
            .get("/v1/me")
            .status,
        401
    );
}

#[test]
fn a_step_up_can_ask_for_a_stronger_login() {
    let other = Other::es256();
    let service = other.service("step_up_acr_values = [\"gold\", \"silver\"]");
    let delete = |acr: Value| {
        let actor = other.actor(&service, "at+jwt", &json!({ "acr": acr }));
        let path = draft(&actor);
        actor.delete(&path, "\"1\"")
    };
    assert_eq!(delete(json!("silver")).status, 204);
    for acr in [json!("bronze"), json!(null), json!("gold silver")] {
        let refused = delete(acr);
        assert_eq!(refused.status, 401);
        assert_eq!(
            refused.header("www-authenticate"),
            r#"Bearer realm="api", error="insufficient_user_authentication", max_age=300, acr_values="gold silver""#
        );
    }
}

#[test]
fn the_time_of_the_login_may_be_in_another_claim_and_must_be_somewhere() {
    let other = Other::es256();
    let service = other.service("auth_time_claim = \"/login_time\"");
    let now = service.clock.now().unix_timestamp();
    let delete = |changes: Value| {
        let actor = other.actor(&service, "at+jwt", &changes);
        actor.delete(&draft(&actor), "\"1\"").status
    };
    assert_eq!(delete(json!({ "login_time": now - 10 })), 204);
    assert_eq!(delete(json!({ "login_time": now - 301 })), 401);
    assert_eq!(delete(json!({ "login_time": now + 10 })), 401);
    assert_eq!(delete(json!({})), 401);
}

#[test]
fn an_issuer_may_have_its_own_longest_lifetime() {
    let other = Other::es256();
    let service = other.service("max_lifetime_seconds = 5400");
    let now = service.clock.now().unix_timestamp();
    let status = |seconds: i64| {
        let actor = other.actor(&service, "at+jwt", &json!({ "exp": now + seconds }));
        actor.get("/v1/me").status
    };
    assert_eq!((status(5400), status(5401)), (200, 401));
}

#[test]
fn rsa_is_used_as_it_is_configured_and_no_weaker() {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let other = Other::new(&key, Algorithm::RS256, &json!({}));
    let allowed = other.service("algorithms = [\"RS256\"]\nallow_rsa_2048 = true");
    let me = |service: &Service| {
        other
            .actor(service, "at+jwt", &json!({}))
            .get("/v1/me")
            .status
    };
    assert_eq!(me(&allowed), 200);
    // The same key for another algorithm, or too short: the set has no key that may be used.
    for settings in [
        "algorithms = [\"PS256\"]\nallow_rsa_2048 = true",
        "algorithms = [\"RS256\"]",
    ] {
        let refused = other.usable(settings);
        assert!(matches!(refused, Err(KeyError::NoUsableKey)), "{settings}");
    }
}

#[test]
fn a_key_that_is_for_something_else_is_not_used() {
    for member in [
        json!({ "use": "enc" }),
        json!({ "key_ops": ["sign"] }),
        json!({ "alg": "ES384" }),
        json!({ "crv": "P-384" }),
        json!({ "issuer": "https://another.example.com" }),
    ] {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let other = Other::new(&key, Algorithm::ES256, &member);
        let refused = other.usable("");
        assert!(matches!(refused, Err(KeyError::NoUsableKey)), "{member}");
    }
}

#[test]
fn all_keys_withdrawn_is_believed_too() {
    let other = Other::es256();
    let service = other.service("");
    let alice = other.actor(&service, "at+jwt", &json!({}));
    assert_eq!(alice.get("/v1/me").status, 200);
    other.publish(&[]);
    let mut header = other.header("at+jwt");
    header["kid"] = json!("two");
    // A key that nobody knows makes the service look.
    let unknown = other.sign(&header, &json!({ "iss": ISSUER }));
    assert_eq!(service.bearer(&unknown).get("/v1/me").status, 401);
    assert_eq!(alice.get("/v1/me").status, 401);
}
