//! Canaries: secrets that are put everywhere a client or an operator can put one, and looked for
//! everywhere the service writes (LO-06, ER-02).

use std::fs;

use serde_json::json;

use crate::{
    harness::{Process, Service, token_for},
    invoices::content,
};

/// Every one of them is a marker that occurs nowhere else.
const CANARY: &str = "canary-7f3a";

fn canary(place: &str) -> String {
    format!("{CANARY}-{place}")
}

#[test]
fn no_secret_reaches_the_log_the_journal_or_an_answer() {
    let data_dir = tempfile::TempDir::new().unwrap();
    let database = data_dir.path().join(canary("database.db"));
    let settings = data_dir.path().join("settings.toml");
    let text = format!(
        "[database]\nurl = \"sqlite:{}?mode=rwc\"\n[log]\nfilter = \"trace\"\nformat = \"json\"",
        database.display()
    );
    fs::write(&settings, text).unwrap();
    let log = data_dir.path().join("log");
    let arguments = ["--config", settings.to_str().unwrap()];
    let mut process = Process::serve_logging(data_dir.path(), &arguments, &log);
    let alice = process.editor("alice");
    let token = alice.token().to_owned();

    let memo = canary("body");
    let mut answers = vec![
        alice.post(
            "/v1/invoices",
            &json!({ "memo": memo, canary("member"): 1 }),
        ),
        alice.json(
            "POST",
            "/v1/invoices",
            &[
                ("idempotency-key", &canary("key")),
                ("x-api-key", &canary("header")),
                ("cookie", &canary("cookie")),
            ],
            &{
                let mut content = content();
                content["memo"] = json!(canary("memo"));
                content["customer_name"] = json!(canary("name"));
                content["customer_email"] = json!(format!("{}@example.com", canary("email")));
                content
            },
        ),
        alice.get(&format!("/v1/invoices?{}=1", canary("query"))),
        alice.get(&format!("/v1/{}", canary("path"))),
        alice.delete(&format!("/v1/invoices/{}", canary("id")), "\"1\""),
        process
            .reader("bob")
            .delete(&format!("/v1/invoices/{}", canary("denied")), "\"1\""),
        alice.send(
            "GET",
            "/v1/me",
            &[
                ("user-agent", &canary("agent")),
                ("accept", &canary("accept")),
            ],
            b"",
        ),
        process.bearer(&canary("token")).get("/v1/me"),
        alice.send(
            "POST",
            "/v1/invoices",
            &[("content-type", "application/json")],
            canary("broken").as_bytes(),
        ),
    ];
    // The created invoice is the one answer that shows what its owner wrote.
    assert_eq!(answers.remove(1).status, 201);
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [400, 400, 404, 404, 403, 406, 401, 400]);
    // In order, so that what was counted is on record too.
    process.terminate();

    let mut written = vec![
        ("log", fs::read_to_string(&log).unwrap()),
        (
            "journal",
            fs::read_to_string(data_dir.path().join("audit.jsonl")).unwrap(),
        ),
    ];
    written.extend(answers.iter().map(|answer| ("answer", answer.to_string())));
    let signature = token.rsplit_once('.').unwrap().1;
    for (place, text) in &written {
        assert!(!text.contains(signature), "the token in the {place}");
        assert!(!text.contains("PRIVATE KEY"), "a key in the {place}");
        if let Some(at) = text.find(CANARY) {
            let around: String = text[at.saturating_sub(200)..].chars().take(300).collect();
            panic!("a secret in the {place}: {around}");
        }
    }
    assert!(written[0].1.contains("served") && written[1].1.contains("sensitive_create"));
}

#[test]
fn a_subject_is_the_only_thing_of_a_token_that_is_on_record() {
    let mut service = Service::start();
    let mut request = token_for("alice", &["editor"]);
    request.scope = Some(format!("invoices:create {}", canary("scope")));
    let token = service.token(&request);
    assert_eq!(
        service
            .bearer(&token)
            .post("/v1/invoices", &content())
            .status,
        201
    );
    service.journal();
    let text = fs::read_to_string(service.data_dir().join("audit.jsonl")).unwrap();
    assert!(text.contains("alice"));
    assert!(!text.contains(CANARY) && !text.contains(token.rsplit_once('.').unwrap().1));
}
