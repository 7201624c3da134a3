//! `GET /v1/me`: what the service makes of a token.

use insta::assert_snapshot;

use crate::harness::{Service, token_for};

#[test]
fn a_caller_reads_what_it_may_do() {
    let service = Service::start();
    let me = service
        .actor("carol", &["approver", "editor"])
        .get("/v1/me");
    assert_snapshot!(me, @r#"
    200
    content-type: application/json

    {
      "issuer": "https://issuer.localhost",
      "permissions": [
        "invoices:read",
        "invoices:read_any",
        "invoices:create",
        "invoices:update",
        "invoices:delete",
        "invoices:approve"
      ],
      "roles": [
        "editor",
        "approver"
      ],
      "subject": "carol"
    }
    "#);
}

#[test]
fn a_scope_narrows_what_the_roles_permit_and_never_widens_it() {
    let service = Service::start();
    let mut request = token_for("alice", &["reader"]);
    request.scope = Some("openid invoices:read invoices:delete".to_owned());
    let me = service.bearer(&service.token(&request)).get("/v1/me");
    assert_eq!(
        me.json()["permissions"],
        serde_json::json!(["invoices:read"])
    );
}

#[test]
fn an_administrator_may_do_nothing_here() {
    let service = Service::start();
    let admin = service.actor("root", &["admin"]);
    assert_eq!(
        admin.get("/v1/me").json()["permissions"],
        serde_json::json!([])
    );
    assert_eq!(admin.get("/v1/invoices").status, 403);
}
