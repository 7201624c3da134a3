//! What all variants stand on: one data directory, with one database file, one certificate, one
//! token-signing key; an order for each caller, and one request for it.

use std::{
    cell::OnceCell,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, anyhow};
use fixture::{
    orders::{Buyer, Email, Money, Note, Order, PriceMinor, Status},
    permissions::ACCESS,
};
use platform::{
    app::development_issuer,
    auth::{Identity, tokens::development::TokenRequest},
    clock::{Clock, SystemClock},
    config::{self, Settings, Sources},
    db,
    parse::{Invalid, Parse},
    slice::{CalendarDate, Currency, Owned, Store},
    tls::development::certificates,
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use tempfile::TempDir;
use time::Duration;

pub const SUBJECT: &str = "alice";
const ORIGIN: &str = "https://app.example.com";

/// The files, and the client's side.
pub struct Ground {
    pub data_dir: PathBuf,
    /// Goes when it is dropped.
    _temporary: Option<TempDir>,
    /// One for each caller.
    pub requests: Vec<Request>,
    pub tls: Arc<ClientConfig>,
}

/// A caller's request.
pub struct Request {
    /// As it stands on the wire.
    pub bytes: Vec<u8>,
    /// What the first answer brought; the bodies of all others are the same bytes.
    pub body: OnceCell<Vec<u8>>,
}

impl Ground {
    /// Makes all that in `directory`, or in one that is gone afterwards.
    pub async fn prepare(
        directory: Option<&Path>,
        callers: usize,
        set: &[String],
    ) -> anyhow::Result<Self> {
        let temporary = directory.is_none().then(TempDir::new).transpose()?;
        let data_dir = directory.or(temporary.as_ref().map(TempDir::path));
        let data_dir = data_dir.context("a directory")?.to_owned();
        let more: Vec<_> = set.iter().filter_map(|set| set.split_once('=')).collect();
        let settings = settings(&data_dir, &more)?;
        let now = SystemClock::default().now();
        let issuer = development_issuer(&fixture::service(), &settings)?;
        let files = certificates(&settings.development_dir(), "fixture", now)?;

        platform::app::migrate(&fixture::service(), &settings).await?;
        let connections = db::connect(&settings.database, &data_dir).await?;
        let store = Store::new(&connections, &settings);
        let mut requests = Vec::new();
        for caller in 0..callers.max(1) {
            // The first one is the caller of the variant without authentication.
            let subject = match caller {
                0 => SUBJECT.to_owned(),
                _ => format!("{SUBJECT}-{caller}"),
            };
            let owner = Identity {
                issuer: issuer.settings().issuer.into(),
                subject: subject.as_str().into(),
            };
            let order = order().map_err(|Invalid(code)| anyhow!("the order: {code}"))?;
            let made = store.create(Owned::of(owner, order, now), None).await;
            let order = made.map_err(|problem| anyhow!("the order: {problem}"))?.row;
            let token = TokenRequest {
                subject,
                roles: vec!["editor"],
                scope: None,
                lifetime: Duration::hours(1),
                authentication_age: Duration::ZERO,
            };
            let token = issuer.token(&token, &ACCESS, now)?;
            let request = format!(
                "GET /v1/orders/{} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n\
                 origin: {ORIGIN}\r\nauthorization: Bearer {token}\r\n\r\n",
                order.id
            );
            requests.push(Request {
                bytes: request.into_bytes(),
                body: OnceCell::new(),
            });
        }

        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&files.ca)?)?;
        let mut tls = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        if let (true, Some(request)) = (directory.is_some(), requests.first()) {
            std::fs::write(data_dir.join("request"), &request.bytes)?;
        }
        Ok(Self {
            data_dir,
            _temporary: temporary,
            requests,
            tls: Arc::new(tls),
        })
    }
}

/// The service's settings: those of production as far as cost goes, on one worker and a free port,
/// with an allowed origin. `more` is laid over them.
pub fn settings(data_dir: &Path, more: &[(&str, &str)]) -> anyhow::Result<Settings> {
    let data_dir = data_dir.to_str().context("a path in UTF-8")?;
    let journal = format!("{data_dir}/audit-{}.jsonl", std::process::id());
    let journal = journal.as_str();
    let own = [
        ("APP_DATA_DIR", data_dir),
        ("APP_PUBLIC__PORT", "0"),
        ("APP_ADMIN__PORT", "0"),
        ("APP_PUBLIC__WORKERS", "1"),
        ("APP_PUBLIC__CORS__ALLOWED_ORIGINS", ORIGIN),
        ("APP_LOG__FORMAT", "json"),
        ("APP_LOG__FILTER", "info,sqlx=warn,actix_server=warn"),
        // One address and one caller, who are let through.
        ("APP_RATE_LIMIT__HANDSHAKES__BURST", "1000000"),
        ("APP_RATE_LIMIT__PER_ADDRESS__PER_SECOND", "1000000"),
        ("APP_RATE_LIMIT__PER_CALLER__PER_SECOND", "1000000"),
        ("APP_RATE_LIMIT__PER_CLIENT__PER_SECOND", "1000000"),
        // The servers share their files, and each has a journal of its own.
        ("APP_AUDIT__FILE", journal),
    ];
    let laid_over = |name: &str| more.iter().any(|(other, _)| *other == name);
    let own = own.iter().filter(|(name, _)| !laid_over(name));
    let environment = own.chain(more);
    let sources = Sources {
        environment: environment
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect(),
        ..Sources::default()
    };
    config::load(&sources, &fixture::permissions::ACCESS.role_names()).map_err(|found| {
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        anyhow!(found.join("; "))
    })
}

fn order() -> Result<Order, Invalid> {
    Ok(Order {
        buyer: Buyer::parse("Ada Lovelace".to_owned())?,
        email: Email::parse("ada@example.com".to_owned())?,
        money: Money {
            amount: PriceMinor::parse(1999)?,
            currency: Currency::parse("EUR".to_owned())?,
        },
        wanted_on: CalendarDate::parse("2030-01-31".to_owned())?,
        note: Some(Note::parse("Thank you.".to_owned())?),
        status: Status::Draft,
    })
}
