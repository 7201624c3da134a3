//! The table of keys as the target. Each new address costs the limiter an entry, so an attacker with
//! many addresses could try to fill the memory. Entries are forgotten when their quota is full again:
//! the curve must stay below a bound for each key, come back, and not climb with a second attack.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use tokio::{sync::oneshot, task::JoinHandle};

use super::Stage;
use crate::{
    cost::resident_mib,
    crowd::{self, Group, Tally},
    curve,
    quotas::{Bucket, Quota, Quotas},
    report::Findings,
    service::Service,
    target::{FORWARDED_FOR, TOKEN_PATH},
};

pub const ABOUT: &str = "Many callers at work; then a flood in which each request has a new address; \
    then quiet until the limiter has forgotten them; then the same flood again.";

/// More would not be one entry in a table.
const BYTES_A_KEY: f64 = 160.0;
/// Connections, buffers, logs and what the allocator keeps.
const FIXED_MIB: f64 = 24.0;
/// How often the service forgets, and a little.
const FORGETS_EVERY: u64 = 7;

pub async fn run(stage: &Stage) -> Result<Findings> {
    let mut findings = Findings::default();
    let callers = stage.profile.choose(50, 1_000);
    // Seconds that an address is remembered after its one request: longer than the flood lasts. The
    // library forgets it when that request is filled again, and one period more.
    let lives = stage.profile.choose(10_u32, 200);
    let address = Bucket {
        per_second: 2.0 / f64::from(lives),
        burst: 1_000_000,
    };
    let quotas = Quotas::far()
        .with(Quota::Address, address)
        .setting("LOG__FILTER", "warn")
        .behind_a_proxy();
    let service = stage.program()?.start(&quotas).await?;
    let tokens = (0..callers).map(|caller| service.editor(&format!("caller-{caller}")));
    let tokens: Arc<Vec<String>> = Arc::new(tokens.collect::<Result<_>>()?);
    let mut watch = Watch::start(service.id());
    tokio::time::sleep(Duration::from_secs(2)).await;

    let idle = watch.mark(&service, "work")?;
    findings.note("idle", mib(idle));
    let work = working(&tokens, None);
    let calm = crowd::send(service.target()?, stage.profile.choose(2, 20), &[work]).await?;
    let calm = calm.into_iter().next().context("a tally")?;
    let load = watch.mark(&service, "flood")?;
    findings.note(
        "under load",
        format!(
            "{}, {callers} callers, {:.0}/s",
            mib(load),
            calm.per_second()
        ),
    );

    let keys = stage.profile.choose(50_000, 1_000_000);
    let slice = stage.profile.choose(5, 20);
    let first = flood(&service, &tokens, 0..keys, slice).await?;
    let peak = watch.mark(&service, "quiet")?;
    let bound = load + FIXED_MIB + f64::from(keys) * BYTES_A_KEY / 1024.0 / 1024.0;
    findings.check(
        "memory stays bounded",
        peak <= bound,
        format!(
            "{} after {keys} addresses in {:.0} s ({:.0} bytes a key), bound {}",
            mib(peak),
            first.seconds,
            (peak - load) * 1024.0 * 1024.0 / f64::from(keys),
            mib(bound)
        ),
    );
    findings.check(
        "the callers are served all along",
        first.refused == 0 && first.broken == 0,
        format!("{} requests, worst p99 {:.1} ms", first.requests, first.p99),
    );

    tokio::time::sleep(Duration::from_secs(u64::from(lives) + FORGETS_EVERY)).await;
    let after = watch.mark(&service, "again")?;
    findings.check(
        "it comes back when the addresses are forgotten",
        // The allocator keeps some of it.
        after <= load + FIXED_MIB / 2.0 + (peak - load) / 3.0,
        format!("{} (before {}, peak {})", mib(after), mib(load), mib(peak)),
    );
    let second = flood(&service, &tokens, keys..2 * keys, slice).await?;
    let again = watch.mark(&service, "end")?;
    findings.check(
        "a second flood takes no more than the first",
        again <= bound
            && again - after <= (peak - load) * 1.25 + FIXED_MIB / 2.0
            && second.broken == 0,
        format!(
            "{}: {} more (first {})",
            mib(again),
            mib(again - after),
            mib(peak - load)
        ),
    );
    let drawing = watch.finish().await?;
    findings.drawings.push(("memory.svg".to_owned(), drawing));
    service.stop().await?;
    Ok(findings)
}

fn mib(value: f64) -> String {
    format!("{value:.1} MiB")
}

/// The callers, one after the other, each from its own address.
fn working(tokens: &Arc<Vec<String>>, per_second: Option<f64>) -> Group {
    let (tokens, turn) = (tokens.clone(), AtomicUsize::new(0));
    Group {
        name: "callers",
        users: 4,
        per_second,
        expected: 200,
        question: Arc::new(move |target, client, _| {
            let caller = turn.fetch_add(1, Ordering::Relaxed) % tokens.len().max(1);
            let token = tokens.get(caller).map_or("", String::as_str);
            let request = target.get(client, TOKEN_PATH).bearer_auth(token);
            let address = format!("192.168.{}.{}", caller / 256, caller % 256);
            request.header(FORWARDED_FOR, address)
        }),
    }
}

/// What the callers met during a flood.
#[derive(Default)]
struct Met {
    seconds: f64,
    requests: usize,
    refused: usize,
    broken: usize,
    p99: f64,
}

/// Sends from each of these networks, in slices of some seconds, with the callers beside.
async fn flood(
    service: &Service,
    tokens: &Arc<Vec<String>>,
    networks: Range<u32>,
    slice: u64,
) -> Result<Met> {
    let sent = Arc::new(AtomicU32::new(0));
    let count = networks.end - networks.start;
    let started = Instant::now();
    let mut met = Met::default();
    while sent.load(Ordering::Relaxed) < count {
        let (sent, first) = (sent.clone(), networks.start);
        let attack = Group {
            name: "flood",
            users: 8,
            per_second: None,
            expected: 401,
            question: Arc::new(move |target, client, _| {
                // The last slice begins again with those that are known.
                let network = first + sent.fetch_add(1, Ordering::Relaxed) % count;
                let (high, low) = (network >> 16, network & 0xffff);
                let request = target.get(client, TOKEN_PATH);
                request.header(FORWARDED_FOR, format!("2001:db8:{high:x}:{low:x}::1"))
            }),
        };
        let groups = [attack, working(tokens, Some(5.0))];
        let tallies = crowd::send(service.target()?, slice, &groups).await?;
        let [attack, callers] = <[Tally; 2]>::try_from(tallies)
            .ok()
            .context("two tallies")?;
        met.requests += callers.requests();
        met.refused += callers.refused();
        met.broken += callers.broken() + attack.broken();
        met.p99 = met.p99.max(callers.p99);
    }
    met.seconds = started.elapsed().as_secs_f64();
    Ok(met)
}

/// Samples the memory, four times a second.
struct Watch {
    started: Instant,
    marks: Vec<(f64, &'static str)>,
    end: oneshot::Sender<()>,
    sampling: JoinHandle<Vec<(f64, f64)>>,
}

impl Watch {
    fn start(process: u32) -> Self {
        let started = Instant::now();
        let (end, mut ended) = oneshot::channel();
        let sampling = tokio::spawn(async move {
            let mut samples = Vec::new();
            while ended.try_recv().is_err() {
                if let Ok(resident) = resident_mib(process) {
                    samples.push((started.elapsed().as_secs_f64(), resident));
                }
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
            samples
        });
        Self {
            started,
            marks: Vec::new(),
            end,
            sampling,
        }
    }

    /// The memory now, and a line in the curve where the next part begins.
    fn mark(&mut self, service: &Service, next: &'static str) -> Result<f64> {
        let now = self.started.elapsed().as_secs_f64();
        self.marks.push((now, next));
        resident_mib(service.id())
    }

    /// The curve.
    async fn finish(self) -> Result<String> {
        self.end.send(()).ok();
        let samples = self.sampling.await?;
        let title = "Resident memory of the service";
        Ok(curve::svg(title, "MiB", &samples, &self.marks))
    }
}
