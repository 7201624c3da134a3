//! Incidents about credentials: a token, many of them, and the key that signs them.

use serde_json::{Value, json};

use crate::{
    drill::{Drill, id, status},
    harness::{Actor, ApiKey, patience},
};

/// The status of a caller behind the proxy, with this address.
fn from(address: &str, actor: &Actor) -> u16 {
    let headers = [("x-forwarded-for", address)];
    actor.send("GET", "/v1/me", &headers, b"").status
}

#[test]
fn a_stolen_token_is_worthless_and_its_owner_logs_in_anew() {
    let drill = Drill::of("Token theft");
    let scene = &drill.scene;
    let stolen = scene.token(&scene.key, &json!({ "sub": "alice", "jti": "stolen" }));
    let thief = scene.process.bearer(&stolen);
    let (alice, bob) = (scene.caller("alice"), scene.caller("bob"));
    assert_eq!([&thief, &alice, &bob].map(status), [200; 3]);
    assert!(drill.look("Detect").contains(r#""id":"stolen""#));

    drill.set("TOKEN_ID", "stolen");
    drill.carry_out("Contain");
    assert_eq!([&thief, &alice, &bob].map(status), [401, 200, 200]);
    drill.is_on_record("authn_token_reuse", &[("/reason_code", "revoked")]);
    drill.is_on_record(
        "authn_token_revoked",
        &[
            ("/outcome", "success"),
            ("/operator", "operator@example.com"),
        ],
    );
    drill.carry_out("Contain");
    assert_eq!([&thief, &alice, &bob].map(status), [401, 401, 200]);

    drill.set("RESTRICTION", id(&drill.carry_out("Eradicate")));
    patience::until("a new login works", || {
        status(&scene.caller("alice")) == 200
    });
    let refreshed = scene.token(
        &scene.key,
        &json!({ "sub": "alice", "auth_time": 1_700_000_000 }),
    );
    let refreshed = scene.process.bearer(&refreshed);
    assert_eq!([&refreshed, &bob].map(status), [401, 200]);
    drill.carry_out("Recover");
    assert_eq!([&refreshed, &bob].map(status), [200; 2]);
    assert!(drill.look("Learn").contains("authn_token_reuse"));
    drill.end();
}

/// The operator's words reach one process. The database tells the other one.
#[test]
fn a_second_process_on_the_database_follows_each_measure() {
    let drill = Drill::of("Token theft");
    let scene = &drill.scene;
    let beside = scene.beside();
    let at = |claims: Value| beside.bearer(&scene.token(&scene.key, &claims));
    let thief = at(json!({ "sub": "alice", "jti": "stolen" }));
    let (alice, bob) = (at(json!({ "sub": "alice" })), at(json!({ "sub": "bob" })));
    assert_eq!([&thief, &alice, &bob].map(status), [200; 3]);
    let follows = |what: &str, actor: &Actor, expected: u16| {
        patience::until(what, || status(actor) == expected);
    };
    // Each process has a journal of its own, and the page reads that of the first one.
    assert_eq!(status(&scene.process.bearer(thief.token())), 200);
    drill.look("Detect");
    drill.set("TOKEN_ID", "stolen");
    drill.carry_out("Contain");
    follows("the token is refused", &thief, 401);
    assert_eq!(status(&alice), 200);
    drill.carry_out("Contain");
    follows("the subject's tokens are refused", &alice, 401);
    patience::until("a new login works", || {
        status(&at(json!({ "sub": "alice" }))) == 200
    });
    let old_login = at(json!({ "sub": "alice", "auth_time": 1_700_000_000 }));
    assert_eq!(status(&old_login), 200);
    drill.set("RESTRICTION", id(&drill.carry_out("Eradicate")));
    follows("an old login is refused", &old_login, 401);
    drill.carry_out("Recover");
    follows("an old login works", &old_login, 200);
    assert_eq!(status(&bob), 200);
}

#[test]
fn what_credential_stuffing_finds_opens_nothing_from_its_network_nor_anywhere_once_it_is_known() {
    let drill = Drill::of("Credential stuffing");
    let scene = &drill.scene;
    let (alice, bob) = (scene.caller("alice"), scene.caller("bob"));
    for _ in 0..3 {
        assert_eq!(
            from("203.0.113.7", &scene.process.bearer("e30.e30.e30")),
            401
        );
    }
    assert_eq!(from("203.0.113.7", &alice), 200, "found");
    assert!(drill.look("Detect").contains(r#"3 "src_ip":"203.0.113.7""#));

    drill.set("RESTRICTION", id(&drill.carry_out("Contain")));
    assert_eq!(
        [from("203.0.113.7", &alice), from("203.0.113.8", &bob)],
        [403; 2]
    );
    assert_eq!(
        [from("198.51.100.9", &alice), from("198.51.100.9", &bob)],
        [200; 2]
    );
    drill.is_on_record(
        "authz_fail",
        &[("/reason_code", "restricted"), ("/actor/sub", "alice")],
    );
    drill.carry_out("Eradicate");
    assert_eq!(
        [from("198.51.100.9", &alice), from("198.51.100.9", &bob)],
        [401, 200]
    );
    drill.carry_out("Recover");
    assert_eq!(
        [from("203.0.113.7", &alice), from("203.0.113.8", &bob)],
        [401, 200]
    );
    assert!(drill.look("Learn").contains(r#"1 "sub":"alice""#));
    drill.end();
}

/// Who has the key writes any time: a token that says tomorrow is refused too. An API key that was made with a
/// forged token is signed by nobody.
#[test]
fn nothing_that_a_leaked_key_signs_is_believed_and_what_another_key_signs_is() {
    let drill = Drill::of("Leaked signing key");
    let scene = &drill.scene;
    let forged = scene.token(&scene.leaked, &json!({ "sub": "mallory", "jti": "forged" }));
    let forged = scene.process.bearer(&forged);
    let alice = scene.caller("alice");
    assert_eq!([&forged, &alice].map(status), [200; 2]);
    let made = ApiKey::of(&forged, &[]);
    let made_key = scene.process.bearer(&made.text);
    assert!(drill.look("Detect").contains(r#""id":"forged""#));

    drill.carry_out("Contain");
    let later = scene.token(&scene.leaked, &json!({ "sub": "alice" }));
    let later = scene.process.bearer(&later);
    assert_eq!([&forged, &later, &alice].map(status), [401, 401, 200]);
    assert_eq!(status(&made_key), 200, "why the page goes on");
    drill.is_on_record("authn_token_reuse", &[("/reason_code", "revoked")]);
    drill.set("API_KEY", &made.id);
    let listed = drill.carry_out("Eradicate");
    assert!(listed.contains(&made.id), "{listed}");
    assert_eq!([&made_key, &alice].map(status), [401, 200]);
    drill.look("Recover");
    assert_eq!(
        status(&scene.caller("mallory")),
        200,
        "with a token of the other key"
    );
    let learnt = drill.look("Learn");
    assert!(learnt.contains("authn_token_created"), "{learnt}");
    drill.end();
}
