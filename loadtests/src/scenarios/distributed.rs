//! One attacker, many addresses. A rented server has a whole IPv6 /64, so a quota for each address would
//! bound nothing. A client that shares no network with the attacker must not be slowed down.

use anyhow::Result;
use reqwest::RequestBuilder;

use super::Stage;
use crate::{
    cost::counted,
    probe::volley,
    quotas::{Bucket, Quota, Quotas},
    report::Findings,
    target::{FORWARDED_FOR, TOKEN_PATH},
};

pub const ABOUT: &str = "Thousands of addresses of one /64, each asking once, together get one \
    quota. Addresses of other networks have their own.";

const WIDTH: usize = 16;
const BUCKET: Bucket = Bucket {
    per_second: 2.0,
    burst: 50,
};

pub async fn run(stage: &Stage) -> Result<Findings> {
    let mut findings = Findings::default();
    let attackers = stage.profile.choose(3_000_u32, 60_000);
    let others = stage.profile.choose(500_u32, 5_000);
    let quotas = Quotas::far().with(Quota::Address, BUCKET).behind_a_proxy();
    let service = stage.program()?.start(&quotas).await?;
    let target = service.target()?;
    let client = target.client()?;
    let from = |address: String| -> RequestBuilder {
        let request = target.get(&client, TOKEN_PATH);
        request.header(FORWARDED_FOR, address)
    };

    let network = |host: u32| format!("2001:db8:bad:1:{:x}:{:x}:0:1", host >> 16, host & 0xffff);
    let requests = (0..attackers).map(|host| from(network(host)));
    let attack = volley(requests.collect(), WIDTH).await;
    let through = counted(attack.let_through());
    findings.check(
        "one /64 has one quota",
        through >= f64::from(BUCKET.burst) && through <= BUCKET.at_most(attack.seconds()),
        format!(
            "{attackers} addresses in {:.1} s: {through} let through, at most {} stated ({BUCKET})",
            attack.seconds(),
            BUCKET.at_most(attack.seconds())
        ),
    );

    let networks = (0..others).map(|one| format!("2001:db8:{:x}:{:x}::1", one >> 8, one & 0xff));
    let hosts = (0..others).map(|one| format!("10.1.{}.{}", one >> 8, one & 0xff));
    for (claim, neighbours) in [
        ("each other /64 its own", networks.collect::<Vec<_>>()),
        ("each IPv4 address its own", hosts.collect()),
    ] {
        let requests = neighbours.into_iter().map(from);
        let answers = volley(requests.collect(), WIDTH).await;
        findings.check(
            claim,
            answers.let_through() == usize::try_from(others)?,
            format!("{others} beside the attack: {}", answers.statuses()),
        );
    }

    // The same IPv4 address, written in three ways, by turns.
    let spelling = |turn: u32| match turn % 3 {
        0 => "::ffff:192.0.2.9".to_owned(),
        1 => "::ffff:c000:209".to_owned(),
        _ => "192.0.2.9".to_owned(),
    };
    let mapped = volley((0..200).map(|turn| from(spelling(turn))).collect(), WIDTH).await;
    let through = counted(mapped.let_through());
    findings.check(
        "an IPv4 address in IPv6 clothes is the same address",
        through >= f64::from(BUCKET.burst) && through <= BUCKET.at_most(mapped.seconds()),
        format!("200 in three spellings: {}", mapped.statuses()),
    );
    service.stop().await?;
    Ok(findings)
}
