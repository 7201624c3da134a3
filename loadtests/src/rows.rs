//! One million rows beside one thousand, on each engine, in one run: what a client sees of reads, pages and
//! creations, over TLS.
//!
//! All services run at once and are asked in turn, one request at a time, so that what else the machine does hits
//! them alike. It runs inside `tests/servers/postgres`, whose server is told to wait for the disk, as SQLite does.

mod plans;

use std::{fmt::Write as _, path::Path, time::Duration, time::Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use platform::{
    config::{self, Sources},
    db,
    http::pagination::Cursor,
};
use sqlx::AssertSqlSafe;
use tempfile::TempDir;
use tokio_rustls::TlsConnector;
use uuid::Uuid;

use crate::{
    quotas::Quotas,
    replicas::{
        Replica, client, private,
        server::{Server, execute},
        trusting,
    },
    service::Program,
};

#[derive(Debug, Args)]
pub struct Options {
    /// The program to start (default: a release build of the fixture)
    #[arg(long, value_name = "FILE")]
    service: Option<std::path::PathBuf>,
    /// Rows, for a service each
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 1_000_000])]
    rows: Vec<u64>,
    /// Of each operation, at each service
    #[arg(long, default_value_t = 2_000)]
    requests: usize,
}

/// Requests of one operation before it is the next one's turn.
const TURN: usize = 20;
/// The time in the id of the first row: 2026-01-01, in milliseconds.
const BEGIN: u64 = 1_767_225_600_000;

// Every second row is alice's, the others are of a thousand owners. `$ROWS` is replaced.
const OF_POSTGRES: &str = "
    INSERT INTO orders (id, owner_issuer, owner, buyer, email, price_minor, currency, wanted_on, remark, status,
        version, created_at, updated_at)
    SELECT (lpad(to_hex(1767225600000 + n), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid,
        'https://issuer.localhost', CASE n % 2 WHEN 0 THEN 'alice' ELSE 'owner-' || (n % 1000) END,
        'Ada Lovelace', 'ada@example.com', 1999, 'EUR', date '2030-01-31', 'Thank you.',
        (ARRAY['draft', 'issued', 'paid', 'void'])[1 + n / 2 % 4], 1, at, at
    FROM generate_series(1, $ROWS) n, LATERAL (SELECT to_timestamp((1767225600000 + n) / 1000.0) AS at) t;
    INSERT INTO rows_of_owners (resource, owner_issuer, owner, rows)
    SELECT 'orders', owner_issuer, owner, count(*) FROM orders GROUP BY owner_issuer, owner;";
const OF_SQLITE: &str = "
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $ROWS),
    rows AS (SELECT n, strftime('%Y-%m-%dT%H:%M:%f000Z', (1767225600000 + n) / 1000.0, 'unixepoch') AS at FROM numbers)
    INSERT INTO orders (id, owner_issuer, owner, buyer, email, price_minor, currency, wanted_on, remark, status,
        version, created_at, updated_at)
    SELECT unhex(printf('%012x70008%015x', 1767225600000 + n, n)),
        'https://issuer.localhost', CASE n % 2 WHEN 0 THEN 'alice' ELSE 'owner-' || (n % 1000) END,
        'Ada Lovelace', 'ada@example.com', 1999, 'EUR', '2030-01-31', 'Thank you.',
        CASE n / 2 % 4 WHEN 0 THEN 'draft' WHEN 1 THEN 'issued' WHEN 2 THEN 'paid' ELSE 'void' END, 1, at, at
    FROM rows;
    INSERT INTO rows_of_owners (resource, owner_issuer, owner, rows)
    SELECT 'orders', owner_issuer, owner, count(*) FROM orders GROUP BY owner_issuer, owner;";

/// The id of row `number`, as the statements above make it.
fn id(number: u64) -> Uuid {
    Uuid::from_u128(u128::from(BEGIN + number) << 80 | 0x7 << 76 | 0x8 << 60 | u128::from(number))
}

/// What is measured.
#[derive(Debug, Clone, Copy)]
enum Operation {
    Read,
    FirstPage,
    DeepPage,
    PageOfState,
    Create,
}

impl Operation {
    const ALL: [Self; 5] = [
        Self::Read,
        Self::FirstPage,
        Self::DeepPage,
        Self::PageOfState,
        Self::Create,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Read => "read one",
            Self::FirstPage => "first page of 100",
            Self::DeepPage => "page of 100, seven tenths down",
            Self::PageOfState => "page of 50 in one state, half-way down",
            Self::Create => "create, with an idempotency key",
        }
    }

    /// The request, and the status of its answer. `turn` makes one request differ from another.
    fn request(self, rows: u64, token: &str, turn: u64) -> (String, u16) {
        let get = |path: String| {
            let head = "HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer";
            (format!("GET /v1/orders{path} {head} {token}\r\n\r\n"), 200)
        };
        // Rows of alice have even numbers. A step that shares no factor with their number visits all of them.
        let some = |from: u64, to: u64| {
            let (from, to) = (rows * from / 20, rows * to / 20);
            2 * (from + turn * 7919 % (to - from)).max(1)
        };
        let page = |number, more: &str| {
            let cursor = Cursor(id(number)).encode();
            get(format!("?cursor={cursor}{more}"))
        };
        match self {
            Self::Read => get(format!("/{}", id(some(0, 10)))),
            Self::FirstPage => get("?limit=100".to_owned()),
            Self::DeepPage => page(rows * 3 / 10, "&limit=100"),
            Self::PageOfState => page(some(5, 6), "&limit=50&status=paid"),
            Self::Create => (client::create(token, &Uuid::now_v7().to_string()), 201),
        }
    }
}

/// One service, with its rows.
struct Place {
    engine: &'static str,
    rows: u64,
    /// Where the database is a server.
    url: Option<String>,
    replica: Replica,
    token: String,
    tls: TlsConnector,
    /// For each operation.
    latencies: Vec<Vec<Duration>>,
    _directory: TempDir,
}

/// Measures, and prints a table.
pub async fn run(options: &Options) -> Result<()> {
    let program = Program::find(options.service.clone())?;
    let server = Server::find()?;
    server.wait_for_the_disk()?;
    let mut places = Vec::new();
    for rows in &options.rows {
        for postgres in [None, Some(&server)] {
            places.push(Place::new(*rows, &program, postgres).await?);
        }
    }
    for round in 0..options.requests.div_ceil(TURN) {
        for place in &mut places {
            place.round(round).await?;
        }
    }
    print!("{}", table(&mut places)?);
    if let Some(url) = places.last().and_then(|place| place.url.as_deref()) {
        print!("\nOn PostgreSQL with the most rows:\n\n{}", plans::of(url)?);
    }
    for mut place in places {
        place.replica.stop().await?;
    }
    Ok(())
}

impl Place {
    async fn new(rows: u64, program: &Program, postgres: Option<&Server>) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("rows-").tempdir()?;
        private(directory.path())?;
        let url = postgres.map(Server::database).transpose()?;
        let quotas = Quotas::far()
            .setting("DATABASE__URL", url.as_deref().unwrap_or_default())
            .setting("PER_OWNER__ROWS", "10000000");
        let environment = quotas.environment();
        let environment = environment.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let mut replica = Replica::new("a", program, directory.path(), environment.collect())?;
        // Once for the tables, and again behind the rows.
        replica.start().await?;
        replica.stop().await?;
        let began = Instant::now();
        match (postgres, &url) {
            (Some(_), Some(url)) => {
                execute(url, &OF_POSTGRES.replace("$ROWS", &rows.to_string()))?;
                // As the server does by itself after a while.
                execute(url, "VACUUM ANALYZE")?;
            }
            _ => fill_sqlite(&replica.data_dir, rows).await?,
        }
        eprintln!("{rows} rows in {:.1} s", began.elapsed().as_secs_f64());
        replica.start().await?;
        let token = replica.editor("alice")?;
        let tls = trusting(&std::fs::read(replica.data_dir.join("dev/ca.pem"))?)?;
        Ok(Self {
            engine: postgres.map_or("SQLite", |_| "PostgreSQL"),
            rows,
            url,
            tls,
            replica,
            token,
            latencies: vec![Vec::new(); Operation::ALL.len()],
            _directory: directory,
        })
    }

    async fn round(&mut self, round: usize) -> Result<()> {
        // While another service has its turn, or its rows are made, this one ends a connection that says nothing.
        let mut connection = client::Connection::open(self.replica.port, &self.tls).await?;
        for (operation, latencies) in Operation::ALL.iter().zip(&mut self.latencies) {
            for turn in 0..TURN {
                let turn = u64::try_from(round * TURN + turn)?;
                let (request, expected) = operation.request(self.rows, &self.token, turn);
                let began = Instant::now();
                let answer = connection.ask(&request).await?;
                latencies.push(began.elapsed());
                ensure!(
                    answer.status == expected,
                    "{}: {}",
                    operation.name(),
                    answer.status
                );
            }
        }
        Ok(())
    }
}

async fn fill_sqlite(data_dir: &Path, rows: u64) -> Result<()> {
    let sources = Sources::default();
    let settings = config::load(&sources, &[]).map_err(|_| anyhow::anyhow!("the defaults"))?;
    let pool = db::sqlite::connect(&settings.database, data_dir).await?;
    let text = OF_SQLITE.replace("$ROWS", &rows.to_string());
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&pool).await?;
    pool.close().await;
    Ok(())
}

fn table(places: &mut [Place]) -> Result<String> {
    let mut text = String::from("| p50 / p99 in ms |");
    for place in &*places {
        write!(text, " {}, {} rows |", place.engine, place.rows)?;
    }
    writeln!(text, "\n|---|{}", "--:|".repeat(places.len()))?;
    for (number, operation) in Operation::ALL.iter().enumerate() {
        write!(text, "| {} |", operation.name())?;
        for place in &mut *places {
            let latencies = place.latencies.get_mut(number).context("latencies")?;
            latencies.sort_unstable();
            let at = |part: usize| {
                let at = latencies.get(latencies.len() * part / 100);
                at.map_or(f64::NAN, |at| at.as_secs_f64() * 1e3)
            };
            write!(text, " {:.2} / {:.2} |", at(50), at(99))?;
        }
        writeln!(text)?;
    }
    Ok(text)
}
