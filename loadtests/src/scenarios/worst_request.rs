//! The dearest request that the limits admit, looked for and not guessed: families of inputs, each grown
//! to its limit, and mixtures of them. What is measured is the service's processor time for each
//! request, beside an ordinary request of the same operation.
//!
//! A bound in bytes does not bound work that grows faster than its input: a query of 2 700 names, each
//! compared with all before it, cost fifty ordinary requests. `families.rs` has the inputs, `wire.rs`
//! the connection that sends them.

mod bodies;
mod families;
mod family;
mod parts;
mod wire;

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Result, ensure};

use super::{Stage, order};
use crate::{
    cost::{counted, processor_time},
    quotas::Quotas,
    report::Findings,
    service::Service,
};
use families::families;
use family::Family;
use parts::Operation;
use wire::{Connection, Sent};

pub const ABOUT: &str = "Inputs grown to every limit: what the dearest admitted request costs the \
    service, beside an ordinary one of its operation.";

/// How many ordinary requests the worst one may cost. Where nothing is optimised, as in continuous integration, the reader
/// of JSON is slower than what an ordinary request is mostly made of.
const MOST: f64 = if cfg!(debug_assertions) { 8.0 } else { 5.0 };

/// How often what seems too dear is measured again.
const AGAIN: usize = 3;

/// Who asks, and for which order.
pub struct Caller {
    token: String,
    order: String,
}

/// Microseconds of an input, and how often each status came.
struct Spent {
    least: f64,
    statuses: BTreeMap<u16, usize>,
}

pub async fn run(stage: &Stage) -> Result<Findings> {
    let mut findings = Findings::default();
    let quotas = Quotas::far()
        .behind_a_proxy()
        .setting("PUBLIC__CORS__ALLOWED_ORIGINS", "https://app.example.com");
    let service = stage.program()?.start(&quotas).await?;
    let token = service.editor("alice")?;
    let order = order(service.target()?, &token).await?;
    let caller = Caller { token, order };

    let mut ordinary = BTreeMap::new();
    for operation in Operation::ALL {
        let spent = least(stage, &service, &operation.ordinary(&caller)).await?;
        findings.note(
            format!("ordinary: {}", operation.name()),
            spent.described(None),
        );
        ordinary.insert(operation, spent.least);
    }
    for family in families(stage.profile.choose(4, 32)) {
        let ordinary = ordinary.get(&family.operation).copied();
        let mut worst: Option<(f64, String)> = None;
        for share in Family::SHARES {
            let request = family.request(&caller, share);
            let mut base = ordinary.unwrap_or(f64::NAN);
            let mut spent = least(stage, &service, &request).await?;
            for _ in 0..AGAIN {
                if spent.least <= MOST * base {
                    break;
                }
                // Beside each other: the machine may have become slower since.
                let usual = family.operation.ordinary(&caller);
                let usual = least(stage, &service, &usual).await?.least;
                let again = least(stage, &service, &request).await?;
                if again.least / usual < spent.least / base {
                    (base, spent) = (usual, again);
                }
            }
            let ratio = spent.least / base;
            if worst.as_ref().is_none_or(|(most, _)| ratio > *most) {
                let size = request.iter().map(Vec::len).sum::<usize>();
                let measured = format!("{} at {size} bytes", spent.described(Some(ratio)));
                worst = Some((ratio, measured));
            }
        }
        let (ratio, measured) = worst.unwrap_or((f64::NAN, String::new()));
        let claim = format!("{}: {}", family.operation.name(), family.name);
        findings.check(claim, ratio <= MOST, measured);
    }
    service.stop().await?;
    Ok(findings)
}

impl Spent {
    fn described(&self, ratio: Option<f64>) -> String {
        let statuses = crate::probe::statuses(self.statuses.clone());
        let ratio = ratio.map_or(String::new(), |ratio| format!("{ratio:.1} × "));
        format!("{ratio}({:.0} µs, {statuses})", self.least)
    }
}

/// The cheapest of several rounds: other work of the machine can only add to the cost.
async fn least(stage: &Stage, service: &Service, request: &[Vec<u8>]) -> Result<Spent> {
    let mut spent = Spent {
        least: f64::INFINITY,
        statuses: BTreeMap::new(),
    };
    let mut connection = Connection::open(service).await?;
    // The token is remembered, buffers have grown.
    if connection.ask(request).await?.closed {
        connection = Connection::open(service).await?;
    }
    for _ in 0..stage.profile.choose(3, 5) {
        let round = stage
            .profile
            .choose(Duration::from_millis(60), Duration::from_millis(200));
        let (mut used, mut requests) = (Duration::ZERO, 0_usize);
        while used < round {
            let before = processor_time(service.id())?;
            for _ in 0..16 {
                let Sent { status, closed } = connection.ask(request).await?;
                *spent.statuses.entry(status).or_default() += 1;
                ensure!(status != 0 && status < 500, "answered {status}");
                requests += 1;
                if closed {
                    // A handshake is the price of the next request, and not measured here.
                    break;
                }
            }
            used += processor_time(service.id())?.saturating_sub(before);
            if connection.is_closed() {
                connection = Connection::open(service).await?;
            }
        }
        let microseconds = used.as_secs_f64() / counted(requests) * 1e6;
        spent.least = spent.least.min(microseconds);
    }
    Ok(spent)
}
