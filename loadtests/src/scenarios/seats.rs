//! Silent clients take every seat: they connect, say nothing or half a request, and come back when they
//! are hung up on (slowloris). Another client must still get in, and so must the health check.
//!
//! The default settings are attacked, with more silent connections than there are seats. Addresses of
//! 127.0.0.0/8 play the clients, each attacker in a /24 of its own.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use reqwest::Client;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsConnector;

use super::Stage;
use crate::{probe::ask, quotas::Quotas, report::Findings, service::Service, target::Target};

pub const ABOUT: &str = "16, 64 and 256 silent addresses hold every seat at default settings; a new \
    client and the health check get in.";

/// Silent clients in all: two of three hold a seat behind their handshake, and those alone are more
/// than `public.limits.connections`.
const CONNECTIONS: usize = 6_600;
/// The share of a newcomer's requests that must be answered.
const SERVED: f64 = 0.99;
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a client that was hung up on waits before it comes back.
const PAUSE: Duration = Duration::from_millis(500);
const NEWCOMER: Ipv4Addr = Ipv4Addr::new(127, 200, 0, 1);

pub async fn run(stage: &Stage) -> Result<Findings> {
    let mut findings = Findings::default();
    let seconds = Duration::from_secs(stage.profile.choose(4, 20));
    allow_open_files()?;
    for addresses in [16, 64, 256] {
        let service = stage.program()?.start(&Quotas::defaults()).await?;
        let crowd = Crowd::gather(&service, addresses).await?;
        let newcomer = Newcomer::visits(service.target()?, seconds).await?;
        let healthy = service.is_healthy()?;
        let held = crowd.open();
        crowd.leave().await;
        findings.check(
            format!("a newcomer beside {addresses} silent addresses is served"),
            newcomer.share() >= SERVED,
            format!("{newcomer}; {held} silent connections were open"),
        );
        findings.check(
            format!("the health check beside {addresses} silent addresses succeeds"),
            healthy,
            if healthy {
                "exit code 0"
            } else {
                "exit code 1"
            },
        );
        let journal = service.stop_and_read_journal().await?;
        let holders = holders(&journal)?;
        let newcomer = NEWCOMER.to_string();
        findings.check(
            format!("the seats beside {addresses} silent addresses were all taken, and the record names holders"),
            !holders.is_empty() && !holders.contains(&newcomer),
            format!("{} addresses and networks on record", holders.len()),
        );
    }
    Ok(findings)
}

/// Who is on record for a group of connections that was full.
fn holders(journal: &str) -> Result<BTreeSet<String>> {
    let mut holders = BTreeSet::new();
    for line in journal.lines() {
        let line: Value = serde_json::from_str(line)?;
        let text = |member| line.get(member).and_then(Value::as_str);
        if text("event") == Some("excess_connections")
            && let Some(address) = text("src_ip")
        {
            holders.insert(address.to_owned());
        }
    }
    Ok(holders)
}

/// As many open files as the system lets a process have; the service inherits the limit.
fn allow_open_files() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    setrlimit(Resource::Nofile, raised).context("the limit of open files cannot be raised")
}

/// What a silent client does before it says nothing more.
#[derive(Clone, Copy)]
enum Silence {
    BeforeTheHandshake,
    AfterTheHandshake,
    InAHead,
}

impl Silence {
    const ALL: [Self; 3] = [
        Self::BeforeTheHandshake,
        Self::AfterTheHandshake,
        Self::InAHead,
    ];
}

/// Silent clients that come back for ever.
struct Crowd {
    open: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    clients: JoinSet<()>,
}

impl Crowd {
    /// Connects them all, and waits until they hold what they can get.
    async fn gather(service: &Service, addresses: usize) -> Result<Self> {
        let address = service.target()?.address()?;
        let tls = service.tls()?;
        let mut crowd = Self {
            open: Arc::default(),
            over: Arc::default(),
            clients: JoinSet::new(),
        };
        let each = CONNECTIONS / addresses;
        for (number, silence) in (0..addresses * each).zip(Silence::ALL.into_iter().cycle()) {
            let (open, over, tls) = (crowd.open.clone(), crowd.over.clone(), tls.clone());
            let from = silent_address(number % addresses)?;
            crowd.clients.spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    hold(from, address, &tls, silence, &open).await.ok();
                    tokio::time::sleep(PAUSE).await;
                }
            });
        }
        let began = Instant::now();
        let mut before = 0;
        // Until no more of them get in.
        while crowd.open() > before || began.elapsed() < PATIENCE {
            before = crowd.open();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        Ok(crowd)
    }

    fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    async fn leave(mut self) {
        self.over.store(true, Ordering::Relaxed);
        self.clients.shutdown().await;
    }
}

/// An address for each, in a /24 of its own.
fn silent_address(number: usize) -> Result<Ipv4Addr> {
    let [_, _, high, low] = u32::try_from(number)?.to_be_bytes();
    Ok(Ipv4Addr::new(127, 100 + high, low, 1))
}

/// Holds one connection until the service ends it.
async fn hold(
    from: Ipv4Addr,
    to: SocketAddr,
    tls: &TlsConnector,
    silence: Silence,
    open: &AtomicUsize,
) -> Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(from.into(), 0))?;
    let stream: TcpStream = socket.connect(to).await?;
    match silence {
        Silence::BeforeTheHandshake => until_closed(stream, open).await,
        Silence::AfterTheHandshake | Silence::InAHead => {
            let name = ServerName::try_from("localhost")?;
            let mut stream = tls.connect(name, stream).await?;
            if matches!(silence, Silence::InAHead) {
                stream
                    .write_all(b"GET /healthz HTTP/1.1\r\nhost: local")
                    .await?;
            }
            until_closed(stream, open).await
        }
    }
}

async fn until_closed(mut stream: impl AsyncRead + Unpin, open: &AtomicUsize) -> Result<()> {
    open.fetch_add(1, Ordering::Relaxed);
    let mut answer = Vec::new();
    let ended = stream.read_to_end(&mut answer).await;
    open.fetch_sub(1, Ordering::Relaxed);
    ended?;
    Ok(())
}

/// A client that makes a new connection for each request.
#[derive(Default)]
struct Newcomer {
    asked: u32,
    served: u32,
    longest: Duration,
}

impl Newcomer {
    async fn visits(target: &Target, time: Duration) -> Result<Self> {
        let (began, mut newcomer) = (Instant::now(), Self::default());
        while began.elapsed() < time || newcomer.asked < 100 {
            let client: Client = target
                .builder()
                .local_address(IpAddr::from(NEWCOMER))
                .timeout(PATIENCE)
                .build()?;
            let answer = ask(target.get(&client, "/healthz")).await;
            newcomer.asked += 1;
            newcomer.served += u32::from(answer.status == 200);
            newcomer.longest = newcomer.longest.max(answer.received - answer.sent);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(newcomer)
    }

    fn share(&self) -> f64 {
        f64::from(self.served) / f64::from(self.asked)
    }
}

impl std::fmt::Display for Newcomer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            asked,
            served,
            longest,
        } = self;
        write!(
            f,
            "{served} of {asked}, the slowest in {:.0} ms",
            longest.as_secs_f64() * 1e3
        )
    }
}
