//! Incidents about callers: one who probes, one of us, a program; and about the service: an operation, a dependency.

use serde_json::{Deserializer, Value, json};

use crate::{
    drill::{Drill, id, status},
    harness::{Actor, ApiKey, patience},
    page,
    scene::in_repository,
};

/// The status of a change: 403, or 400 for one that is let through and is no API key.
fn change(actor: &Actor) -> u16 {
    actor.post("/v1/api-keys", &json!({})).status
}

#[test]
fn a_caller_who_guesses_ids_is_noticed_blocked_and_released() {
    let drill = Drill::of("Object enumeration");
    let (mallory, alice) = (drill.scene.caller("mallory"), drill.scene.caller("alice"));
    for guess in 0..8 {
        let guess = format!("/v1/api-keys/0199a3b2-7c11-7d3e-9f00-5b6a4c2d1e0{guess}");
        assert_eq!(mallory.get(&guess).status, 404);
    }
    patience::until("a restriction is placed", || {
        let mut journal = drill.scene.journal().into_iter();
        journal.any(|line| line["event"] == "contain_applied" && line["outcome"] == "success")
    });
    let listed = drill.look("Detect");
    let placed = listed.lines().find(|line| line.contains("watch")).unwrap();
    assert!(
        placed.contains("mallory") && placed.contains("absent_objects"),
        "{listed}"
    );
    assert_eq!([&mallory, &alice].map(status), [200; 2]);

    drill.set("WATCH", id(placed));
    drill.set("RESTRICTION", id(&drill.carry_out("Contain")));
    assert_eq!([&mallory, &alice].map(status), [403, 200]);
    drill.is_on_record(
        "authz_fail",
        &[("/reason_code", "restricted"), ("/actor/sub", "mallory")],
    );
    assert!(drill.look("Eradicate").contains(r#""route":"/v1/me""#));
    drill.carry_out("Recover");
    assert_eq!([&mallory, &alice].map(status), [200; 2]);
    drill.is_on_record("contain_removed", &[("/outcome", "success")]);
    drill.end();
}

#[test]
fn an_insider_is_watched_then_only_reads_then_is_out_and_a_colleague_works_on() {
    let drill = Drill::of("Insider misuse");
    let (mallory, alice) = (drill.scene.caller("mallory"), drill.scene.caller("alice"));
    let key = ApiKey::of(&mallory, &[]);
    let key = drill.scene.process.bearer(&key.text);
    drill.set("WATCH", id(&drill.carry_out("Detect")));
    assert_eq!([&mallory, &alice].map(status), [200; 2]);
    assert_eq!([&mallory, &alice].map(change), [400; 2]);
    assert!(
        drill
            .look("Detect")
            .contains(r#""method":"POST","route":"/v1/api-keys""#)
    );

    drill.set("READ_ONLY", id(&drill.carry_out("Contain")));
    assert_eq!([&mallory, &key, &alice].map(status), [200; 3]);
    assert_eq!([&mallory, &alice].map(change), [403, 400]);
    drill.carry_out("Eradicate");
    assert_eq!([&mallory, &key, &alice].map(status), [401, 401, 200]);
    drill.carry_out("Recover");
    assert_eq!([&mallory, &key, &alice].map(status), [401, 401, 200]);
    assert!(drill.look("Learn").contains("authn_token_created"));
    drill.end();
}

#[test]
fn a_program_that_does_harm_is_slowed_blocked_and_out_and_its_owner_works_on() {
    let drill = Drill::of("Abusive integration");
    let scene = &drill.scene;
    let alice = scene.caller("alice");
    let made = ApiKey::of(&alice, &[]);
    let other = ApiKey::of(&alice, &[]);
    let [key, other] = [&made, &other].map(|key| scene.process.bearer(&key.text));
    let batch = scene.token(&scene.key, &json!({ "sub": "alice", "client_id": "batch" }));
    let batch = scene.process.bearer(&batch);
    assert_eq!([&key, &other, &alice, &batch].map(status), [200; 4]);
    let seen = drill.look("Detect");
    assert!(
        seen.contains(&made.id) && seen.contains("rate_limit_refusals_total"),
        "{seen}"
    );

    drill.set("API_KEY", &made.id);
    drill.set("THROTTLE", id(&drill.carry_out("Contain")));
    // Sixty a minute, six of them at once.
    assert!((0..10).any(|_| status(&key) == 429));
    assert_eq!([&other, &alice, &batch].map(status), [200; 3]);
    drill.carry_out("Contain");
    assert_eq!(
        [&key, &other, &alice, &batch].map(status),
        [403, 200, 200, 200]
    );
    drill.set("RESTRICTION", id(&drill.carry_out("Contain")));
    assert_eq!(
        [&key, &other, &alice, &batch].map(status),
        [403, 200, 200, 403]
    );
    drill.carry_out("Eradicate");
    assert_eq!(
        [&key, &other, &alice, &batch].map(status),
        [401, 200, 200, 403]
    );
    drill.is_on_record("authn_token_reuse", &[("/object/id", &made.id)]);
    drill.carry_out("Recover");
    assert_eq!(
        [&key, &other, &alice, &batch].map(status),
        [401, 200, 200, 200]
    );
    drill.look("Learn");
    drill.end();
}

#[test]
fn while_an_operation_is_vulnerable_it_is_closed_for_everybody_and_all_others_are_open() {
    let drill = Drill::of("Vulnerable operation");
    let (alice, bob) = (drill.scene.caller("alice"), drill.scene.caller("bob"));
    let list = |actor: &Actor| actor.get("/v1/api-keys").status;
    drill.set("WATCH", id(&drill.carry_out("Detect")));
    let key = drill.scene.process.bearer(&ApiKey::of(&alice, &[]).text);
    assert_eq!(change(&bob), 400);
    let seen = drill.look("Detect");
    assert!(seen.contains(r#""sub":"alice""#), "{seen}");
    assert!(!seen.contains("/v1/me"), "{seen}");

    drill.set("RESTRICTION", id(&drill.carry_out("Contain")));
    assert_eq!([&alice, &bob].map(change), [403; 2]);
    assert_eq!([&alice, &bob].map(list), [200; 2]);
    assert_eq!([&alice, &bob, &key].map(status), [200; 3]);
    let closed = [
        ("/reason_code", "restricted"),
        ("/action", "api_keys_create"),
        ("/actor/sub", "bob"),
    ];
    drill.is_on_record("authz_fail", &closed);
    let done = drill.look("Eradicate");
    assert!(done.contains(r#""outcome":"success""#), "{done}");
    drill.carry_out("Recover");
    assert_eq!([&alice, &bob].map(change), [400; 2]);
    assert!(drill.look("Learn").contains(r#"1 "sub":"bob""#));
    drill.end();
}

#[test]
fn while_a_dependency_is_vulnerable_a_network_is_out_and_nobody_changes_anything() {
    let drill = Drill::of("Vulnerable dependency");
    let (alice, bob) = (drill.scene.caller("alice"), drill.scene.caller("bob"));
    let exploit = |actor: &Actor| {
        let headers = [("x-forwarded-for", "203.0.113.7")];
        actor.send("GET", "/v1/me", &headers, b"").status
    };
    drill.set("LOCK", in_repository("Cargo.lock").display().to_string());
    assert!(drill.look("Detect").contains("version = "));

    drill.set("BLOCK", id(&drill.carry_out("Contain")));
    assert_eq!(
        [exploit(&alice), status(&alice), change(&alice)],
        [403, 200, 400]
    );
    let made = drill.carry_out("Contain");
    let mut made = made.lines().map(id);
    drill.set("FOUR", made.next().unwrap());
    drill.set("SIX", made.next().unwrap());
    assert_eq!([&alice, &bob].map(status), [200; 2]);
    assert_eq!([&alice, &bob].map(change), [403; 2]);
    let of_six = [("x-forwarded-for", "2001:db8::7")];
    assert_eq!(
        bob.send("DELETE", "/v1/api-keys/x", &of_six, b"").status,
        403
    );
    drill.carry_out("Recover");
    assert_eq!(
        [exploit(&alice), status(&alice), change(&alice)],
        [200, 200, 400]
    );
    drill.look("Learn");
    drill.end();
}

#[test]
fn the_journal_is_copied_and_the_copy_verified() {
    let drill = Drill::of("Evidence");
    assert_eq!(status(&drill.scene.caller("alice")), 200);
    let said = drill.look("");
    assert!(said.starts_with("sound: "), "{said}");
    assert!(said.contains("signatures verified"), "{said}");
    drill.end();
}

#[test]
fn curl_does_what_the_program_does() {
    let drill = Drill::of("The same with curl");
    let (mallory, alice) = (drill.scene.caller("mallory"), drill.scene.caller("alice"));
    let answers = drill.carry_out("");
    let answers: Vec<Value> = Deserializer::from_str(&answers)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(answers[0], answers[1]["items"][0]);
    assert_eq!([&mallory, &alice].map(status), [403, 200]);
    drill.set("RESTRICTION", answers[0]["id"].as_str().unwrap());
    drill.carry_out("");
    assert_eq!([&mallory, &alice].map(status), [200; 2]);
    drill.end();
}

#[test]
fn every_section_with_commands_is_carried_out_here() {
    assert_eq!(
        page::titles(),
        [
            "Set up",
            "Evidence",
            "Token theft",
            "Credential stuffing",
            "Object enumeration",
            "Leaked signing key",
            "Insider misuse",
            "Abusive integration",
            "Vulnerable operation",
            "Vulnerable dependency",
            "The same with curl",
        ]
    );
}
