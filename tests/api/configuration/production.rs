//! Profile production has no development issuer: it makes no tokens, and refuses those that another
//! start in profile dev made in the same data directory.

use app::clock::{Clock, SystemClock};
use insta::assert_snapshot;
use serde_json::json;

use super::Production;
use crate::harness::Process;

#[test]
fn production_makes_no_tokens_and_no_development_key() {
    let production = Production::new();
    assert_snapshot!(production.says(&["check-config"], ""), @"
    exit 0
    the configuration is valid
    log: info, but actix_server at warn, sqlx at warn
    ");
    let token = ["token", "--subject", "alice", "--role", "editor"];
    assert_snapshot!(production.says(&token, ""), @"
    exit 1
    error: profile production has no development issuer: ask your identity provider
    ");
    drop(production.serve());
    let made = production.data_dir().join("dev");
    assert!(!made.exists(), "{}", made.display());
}

#[test]
fn production_refuses_a_token_of_the_development_key() {
    let production = Production::new();
    let token = ["token", "--subject", "alice", "--role", "editor"];
    let printed = Process::output(&production.data_dir(), &token, &[]);
    let of_dev = String::from_utf8(printed.stdout).unwrap();
    assert!(production.data_dir().join("dev").exists());

    let service = production.serve();
    assert_eq!(service.bearer(of_dev.trim()).get("/v1/me").status, 401);
    let now = SystemClock::default().now();
    let of_issuer = production.issuer.token(now, "at+jwt", &json!({}));
    assert_eq!(service.bearer(&of_issuer).get("/v1/me").status, 200);
}

#[test]
fn an_issuer_whose_scope_is_ignored_is_said_at_every_start_with_the_reason() {
    let production = Production::new();
    let table = production.issuer_table("ignore_scope = true\nignore_scope_reason = 'no scp'");
    let file = production.file("ignored.toml", &format!("log.format = 'json'\n{table}"));
    let log = production.file("log", "");
    let arguments = ["--config", file.to_str().unwrap()];
    Process::serve_logging(&production.data_dir(), &arguments, &log).terminate();
    let log = std::fs::read_to_string(log).unwrap();
    let mut said = log
        .lines()
        .filter(|line| line.contains("its tokens' scope is ignored"));
    let said = said.next().unwrap_or_else(|| panic!("{log}"));
    assert!(said.contains("WARN") && said.contains("no scp"), "{said}");
    assert!(said.contains("https://id.example.com"), "{said}");
    let accepted = production.says(&["check-config"], &table);
    assert!(accepted.starts_with("exit 0"), "{accepted}");
}
