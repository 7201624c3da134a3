//! What somebody was not allowed is on record, with who it was (LO-02, LO-03).

use serde_json::json;
use time::Duration;

use super::{of, one, story, verified};
use crate::{
    harness::{Service, token_for},
    invoices::{content, draft},
};

#[test]
fn a_missing_permission() {
    let mut service = Service::start();
    let denied = service.reader("bob").post("/v1/invoices", &content());
    assert_eq!(denied.status, 403);
    let journal = verified(&mut service);
    let line = one(&journal, "authz_fail");
    assert_eq!(line["actor"]["sub"], "bob");
    assert_eq!(line["action"], "invoices_create");
    assert_eq!(line["request_id"], denied.header("x-request-id"));
}

#[test]
fn a_login_that_is_not_recent() {
    let mut service = Service::start();
    let path = draft(&service.editor("alice"));
    let mut token = token_for("alice", &["editor"]);
    token.authentication_age = Duration::hours(1);
    let late = service
        .bearer(&service.token(&token))
        .delete(&path, "\"1\"");
    assert_eq!(late.status, 401);
    let journal = verified(&mut service);
    let line = one(&journal, "authn_stepup_required");
    assert_eq!(line["action"], "invoices_delete");
    assert!(path.ends_with(line["object"]["id"].as_str().unwrap()));
}

#[test]
fn a_member_that_is_somebody_elses_to_change() {
    let mut service = Service::start();
    let path = draft(&service.editor("alice"));
    let both = service.actor("alice", &["editor", "approver"]);
    assert_eq!(
        both.patch(&path, "\"1\"", &json!({ "status": "issued" }))
            .status,
        403
    );
    let journal = verified(&mut service);
    assert_eq!(
        story(&journal, "invoices_change"),
        [
            "attempt sensitive_update",
            "point authz_property_fail not_permitted",
            "outcome sensitive_approve deny not_permitted",
        ]
    );
}

#[test]
fn reading_what_is_somebody_elses() {
    let mut service = Service::start();
    let alice = service.editor("alice");
    let path = draft(&alice);
    alice.get(&path);
    alice.get("/v1/invoices");
    let auditor = service.auditor("oscar");
    auditor.get(&path);
    draft(&alice);
    auditor.get("/v1/invoices");
    let journal = verified(&mut service);
    let reads = of(&journal, "sensitive_read");
    let counts: Vec<_> = reads
        .iter()
        .map(|line| (&line["actor"]["sub"], &line["action"], &line["count"]))
        .collect();
    assert_eq!(
        counts,
        [
            (&json!("oscar"), &json!("invoices_read"), &json!(1)),
            (&json!("oscar"), &json!("invoices_list"), &json!(2)),
        ]
    );
}

#[test]
fn a_token_once_when_it_is_believed_and_each_time_when_not() {
    let mut service = Service::start();
    let alice = service.reader("alice");
    alice.get("/v1/me");
    alice.get("/v1/me");
    let forged = service.bearer("e30.e30.AA").get("/v1/me");
    service.bearer("forged").get("/v1/me");
    service.anonymous().get("/v1/me");
    service.anonymous().get("/v1/nothing");
    let journal = verified(&mut service);
    assert_eq!(one(&journal, "authn_token_ok")["actor"]["sub"], "alice");
    let failed = of(&journal, "authn_token_fail");
    let reasons: Vec<_> = failed
        .iter()
        .map(|line| line["reason_code"].as_str().unwrap())
        .collect();
    assert_eq!(reasons, ["claim_missing", "malformed", "missing"]);
    assert_eq!(failed[0]["request_id"], forged.header("x-request-id"));
    assert_eq!(failed[0]["src_ip"], "127.0.0.1");
    assert_eq!(
        failed[0]["actor"],
        json!(null),
        "nobody, until it is proven"
    );
    assert_eq!(failed[2]["count"], 2);
}

#[test]
fn every_caller_by_name_although_thousands_of_strangers_were_counted_before() {
    let mut service = Service::with(&[("APP_PUBLIC__TRUSTED_PROXIES", "127.0.0.1/32")]);
    let anonymous = service.anonymous();
    let mut proxy = anonymous.connect();
    for stranger in 0..2000_u32 {
        let address = std::net::Ipv4Addr::from(0x0101_0000 + stranger);
        let head = format!(
            "GET /nothing HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: {address}\r\n\r\n"
        );
        proxy.write(head.as_bytes());
        assert_eq!(proxy.response("GET").status, 404);
    }
    let callers: Vec<String> = (0..8).map(|number| format!("caller {number}")).collect();
    for caller in &callers {
        let reader = service.reader(caller);
        assert_eq!(reader.post("/v1/invoices", &content()).status, 403);
    }
    let journal = verified(&mut service);
    let denied = of(&journal, "authz_fail");
    let named: Vec<_> = denied.iter().map(|line| &line["actor"]["sub"]).collect();
    assert_eq!(named, callers.iter().collect::<Vec<_>>());
    // Some strangers have lost their names, and none of what they did.
    let strangers = of(&journal, "malicious_excess_404");
    let nameless: u64 = strangers
        .iter()
        .filter(|line| line["src_ip"].is_null())
        .filter_map(|line| line["count"].as_u64())
        .sum();
    assert!(nameless < 2000 - 512, "{nameless}");
}
