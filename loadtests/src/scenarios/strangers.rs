//! Ten thousand addresses are refused once each, and then a caller is. The journal may not have room for
//! the name of every stranger; the caller's must be in it.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::Stage;
use crate::{
    cost::counted,
    probe::{ask, volley},
    quotas::Quotas,
    report::Findings,
    target::FORWARDED_FOR,
};

pub const ABOUT: &str = "10 000 addresses look for a page that is not there, once each; then a caller \
    is refused. The caller is on record by name, and the journal has not grown by a line for each.";

const STRANGERS: u32 = 10_000;

pub async fn run(stage: &Stage) -> Result<Findings> {
    let mut findings = Findings::default();
    let quotas = Quotas::far().behind_a_proxy();
    let service = stage.program()?.start(&quotas).await?;
    let target = service.target()?;
    let client = target.client()?;
    let token = service.token("mallory", &["--role", "reader"])?;
    let strangers = (0..STRANGERS).map(|number| {
        let [_, a, b, c] = number.to_be_bytes();
        let from = format!("198.{}.{b}.{c}", 18 + a);
        target.get(&client, "/nothing").header(FORWARDED_FOR, from)
    });
    let answers = volley(strangers.collect(), 16).await;
    findings.check(
        "each stranger is told that there is nothing",
        answers.0.iter().all(|answer| answer.status == 404),
        answers.statuses(),
    );
    let refused = target
        .request(&client, reqwest::Method::POST, "/v1/orders")
        .header(FORWARDED_FOR, "203.0.113.9")
        .bearer_auth(&token);
    let refused = ask(refused).await;
    findings.check(
        "the caller is refused",
        refused.status == 403,
        refused.status.to_string(),
    );

    let journal = service.stop_and_read_journal().await?;
    let lines: Vec<Value> = journal
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .context("a line of the journal is not JSON")?;
    let denial = lines
        .iter()
        .find(|line| line.get("event").is_some_and(|event| event == "authz_fail"));
    let subject = denial
        .and_then(|line| line.pointer("/actor/sub")?.as_str())
        .unwrap_or("nobody");
    findings.check(
        "the caller's refusal is on record by name",
        subject == "mallory",
        subject,
    );
    let told = |line: &&Value| line["event"] == "malicious_excess_404";
    let (told, named): (Vec<_>, Vec<_>) = {
        let told: Vec<_> = lines.iter().filter(told).collect();
        let named = told
            .iter()
            .filter(|line| line.get("src_ip").is_some())
            .copied()
            .collect();
        (told, named)
    };
    findings.note(
        "lines about strangers",
        format!(
            "{} lines, {} of them with an address",
            told.len(),
            named.len()
        ),
    );
    findings.check(
        "the journal has room for them",
        counted(lines.len()) <= f64::from(STRANGERS),
        format!("{} lines, {} bytes", lines.len(), journal.len()),
    );
    Ok(findings)
}
