//! The house is kept in order: arrows between rooms go one way, files have no circles, outside names stay
//! in their rooms, and every file is short and says what it is.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod picture;
mod source;
mod svg;

use std::{collections::BTreeMap, fs, path::Path};

use source::{Source, arrows, circles, files, paths, root};

/// Room → the rooms that it may use.
type Table = &'static [(&'static str, &'static [&'static str])];

/// The rooms of the platform. A room of one file has the file's name.
const ROOMS: Table = &[
    (
        "cli",
        &[
            "admin",
            "app",
            "audit",
            "auth",
            "clock",
            "config",
            "data_dir",
            "files",
            "http",
            "openapi",
            "telemetry",
            "tls",
        ],
    ),
    ("openapi", &["http", "json"]),
    ("slice", &["auth", "config", "db", "http", "parse"]),
    (
        "app",
        &[
            "admin",
            "alerts",
            "api_keys",
            "audit",
            "auth",
            "clock",
            "config",
            "containment",
            "data_dir",
            "db",
            "files",
            "http",
            "openapi",
            "otlp",
            "quota_store",
            "siem",
            "slice",
            "telemetry",
            "tls",
            "health",
            "me",
            "security_txt",
        ],
    ),
    (
        "otlp",
        &[
            "admin",
            "clock",
            "config",
            "egress",
            "files",
            "log_records",
            "spans",
        ],
    ),
    ("log_records", &["clock", "spans"]),
    ("spans", &["clock"]),
    ("siem", &["audit", "clock", "config", "files", "tls"]),
    ("alerts", &["audit", "clock", "config", "egress", "files"]),
    ("admin", &["auth", "clock", "db", "http", "json"]),
    (
        "api_keys",
        &[
            "admin", "audit", "auth", "clock", "config", "db", "files", "http", "json", "parse",
            "slice",
        ],
    ),
    (
        "containment",
        &[
            "admin",
            "audit",
            "auth",
            "clock",
            "config",
            "db",
            "fingerprint",
            "http",
            "json",
            "parse",
            "slice",
        ],
    ),
    ("me", &["auth", "http"]),
    ("health", &["auth", "http"]),
    ("security_txt", &["auth", "clock", "config", "http"]),
    ("audit", &["clock", "config", "files"]),
    (
        "auth",
        &[
            "audit",
            "clock",
            "config",
            "egress",
            "files",
            "fingerprint",
            "http",
            "json",
            "quota_store",
            "spans",
        ],
    ),
    ("egress", &["tls"]),
    (
        "http",
        &[
            "audit",
            "clock",
            "config",
            "db",
            "fingerprint",
            "json",
            "quota_store",
            "spans",
            "tls",
        ],
    ),
    (
        "quota_store",
        &["audit", "config", "files", "fingerprint", "tls"],
    ),
    ("json", &[]),
    ("telemetry", &["config", "http", "log_records"]),
    ("tls", &["clock", "config", "files"]),
    ("db", &["config", "files", "parse", "spans"]),
    ("parse", &[]),
    ("data_dir", &["files"]),
    ("files", &[]),
    ("fingerprint", &[]),
    ("config", &["files"]),
    ("clock", &[]),
];

/// The rooms of `http`.
const HTTP: Table = &[
    (
        "middleware",
        &[
            "audit_trail",
            "context",
            "listener",
            "problem",
            "rate_limit",
        ],
    ),
    (
        "routing",
        &[
            "audit_trail",
            "context",
            "contract",
            "listener",
            "problem",
            "rate_limit",
            "request",
        ],
    ),
    ("pagination", &["response"]),
    ("request", &["context", "contract", "listener", "problem"]),
    ("listener", &["audit_trail", "context", "rate_limit"]),
    (
        "audit_trail",
        &["context", "contract", "problem", "rate_limit"],
    ),
    ("response", &["context", "contract", "problem"]),
    ("contract", &["problem"]),
    ("context", &["problem", "rate_limit"]),
    ("problem", &["rate_limit"]),
    ("rate_limit", &[]),
];

/// Outside name → the files that may use it, by the beginning of their path.
const NAMES: [(&str, &[&str]); 13] = [
    ("landlock::", &["cli/sandbox.rs"]),
    (
        "rustix::",
        &[
            "files/",
            "cli/memory.rs",
            "cli/open_files.rs",
            "config/audit.rs",
        ],
    ),
    ("actix_governor::", &["http/middleware/address_quota/"]),
    ("sqlx::", &["db/"]),
    (
        "actix_web::",
        &[
            "app",
            "http/",
            "auth/allow.rs",
            "auth/api_key.rs",
            "auth/authenticate.rs",
            "auth/caller_quota.rs",
            "auth/guesses.rs",
            "auth/shared.rs",
            "auth/token_events.rs",
            "admin/",
            "api_keys/admin.rs",
            "api_keys/http.rs",
            "containment/detected.rs",
            "containment/detection.rs",
            "containment/exchange.rs",
            "containment/http.rs",
            "containment/enforce",
            "security_txt.rs",
            "telemetry.rs",
            "openapi",
            "cli/",
        ],
    ),
    ("std::env::", &["config/load.rs"]),
    ("ureq::", &["cli/admin/", "egress"]),
    ("prometheus_client::", &["admin/metrics.rs", "app/metrics"]),
    ("now_utc()", &["clock/system.rs"]),
    ("SystemTime", &[]),
    (
        "rustls::",
        &[
            "tls/",
            "http/listener/handshake.rs",
            "http/listener/server.rs",
            "cli/admin/client.rs",
            "cli/healthcheck.rs",
            "quota_store/connection.rs",
            "siem/connection.rs",
        ],
    ),
    ("redis::", &["quota_store/"]),
    ("jsonwebtoken::", &["auth/tokens/"]),
];

/// `http` of `http/problem/mod.rs` at the root, `problem` below `http/`.
fn room<'f>(below: &str, file: &'f str) -> Option<&'f str> {
    file.strip_prefix(below)?.split(['/', '.']).next()
}

/// Room → the rooms that its files really use, each with one of those files.
fn real(below: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut real: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (file, uses) in arrows(&files()) {
        let Some(from) = room(below, &file) else {
            continue;
        };
        let rooms = uses.iter().filter_map(|used| room(below, used));
        let others = rooms.filter(|to| *to != from && *to != "mod");
        real.entry(from.to_owned())
            .or_default()
            .extend(others.map(|to| (to.to_owned(), file.clone())));
    }
    real.remove("mod");
    real
}

fn holds(table: Table, below: &str) {
    let allowed: BTreeMap<_, _> = table.iter().copied().collect();
    let real = real(below);
    let mut wrong = Vec::new();
    for (from, uses) in &real {
        let Some(allowed) = allowed.get(from.as_str()) else {
            wrong.push(format!("add {below}{from} to the table"));
            continue;
        };
        for (to, file) in uses {
            if !allowed.contains(&to.as_str()) {
                wrong.push(format!("{file} uses {below}{to}"));
            }
        }
    }
    // An arrow that nobody needs is one that somebody will use.
    for (from, allowed) in table {
        for to in *allowed {
            if !real.get(*from).is_some_and(|real| real.contains_key(*to)) {
                wrong.push(format!("{below}{from} no longer uses {to}"));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
    let owned = |to: &&[&str]| to.iter().map(|to| (*to).to_owned()).collect();
    let table = table
        .iter()
        .map(|(from, to)| ((*from).to_owned(), owned(to)));
    assert_eq!(circles(&table.collect()), [""; 0]);
}

#[test]
fn arrows_between_rooms_go_one_way() {
    holds(ROOMS, "");
}

#[test]
fn arrows_between_the_rooms_of_http_go_one_way() {
    holds(HTTP, "http/");
}

#[test]
fn no_two_files_need_each_other() {
    assert_eq!(circles(&arrows(&files())), [""; 0]);
}

/// The two tests above read `use` lines by themselves: here is what they find in three files that need
/// each other, by a list in braces, a name that is passed on, and a path in the code.
#[test]
fn a_circle_of_files_is_found() {
    let files = [
        Source::of(
            "a.rs",
            "use std::fmt;\nuse crate::{b::{c::C, Other}, files};",
        ),
        Source::of("b/mod.rs", "mod c;\nmod d;\npub use d::D;\nstruct Other;"),
        Source::of("b/c.rs", "use super::D;\nstruct C;"),
        Source::of(
            "b/d.rs",
            "// use crate::files;\nfn d() { crate::a::run() }\nstruct D;",
        ),
        Source::of("files.rs", ""),
    ];
    assert_eq!(
        circles(&arrows(&files)),
        ["a.rs -> b/c.rs", "b/c.rs -> b/d.rs", "b/d.rs -> a.rs"]
    );
}

#[test]
fn outside_names_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    let files = files();
    for (name, allowed) in NAMES {
        let uses = |file: &&Source| file.code.contains(name);
        let named_in: Vec<_> = files.iter().filter(uses).map(|file| &file.path).collect();
        for file in &named_in {
            if !allowed.iter().any(|beginning| file.starts_with(beginning)) {
                wrong.push(format!("{file} names {name}"));
            }
        }
        // A permission that nobody needs is one that somebody will use.
        // A service has this library by choice (`rate_limiter` in `cargo-generate.toml`).
        if name == "actix_governor::" && named_in.is_empty() {
            continue;
        }
        for beginning in allowed {
            if !named_in.iter().any(|file| file.starts_with(beginning)) {
                wrong.push(format!("{beginning} no longer names {name}"));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn every_file_says_what_it_is_and_is_short_enough_to_read() {
    for path in paths(&root()) {
        let text = fs::read_to_string(&path).unwrap();
        // The script that another server runs has comments of its own language.
        let opening = match path.extension().and_then(|extension| extension.to_str()) {
            Some("lua") => "-- ",
            _ => "//! ",
        };
        assert!(
            text.starts_with(opening),
            "{} does not say what it is",
            path.display()
        );
        // Plain English: a sentence names who does what.
        let riddle = text.to_lowercase().contains("whoever");
        assert!(!riddle, "{} says whoever", path.display());
        let lines = text.lines().count();
        assert!(lines <= 300, "{} has {lines} lines", path.display());
    }
}

/// A control that is broken must fail its test, not stop it: `testkit/src/patience.rs` has the bound.
#[test]
fn tests_wait_for_nothing_without_a_bound() {
    const UNBOUNDED: [&str; 5] = [
        ".recv()",
        ".wait().unwrap()",
        ".output()",
        ".wait_with_output()",
        "TcpStream::connect(",
    ];
    // The bound itself, this table, a measurement, and tests that wait for the compiler.
    const EXEMPT: [&str; 5] = [
        "testkit/src/patience.rs",
        "platform/tests/architecture/main.rs",
        "fixture/tests/audit/cost.rs",
        "platform/tests/compile_fail.rs",
        "tests/template/limiter.rs",
    ];
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let directories = [
        "tests",
        "crates/platform/tests",
        "crates/fixture/tests",
        "crates/testkit/src",
    ];
    let all = directories.map(|directory| paths(&workspace.join(directory)));
    let mut wrong = Vec::new();
    for path in all.concat() {
        let text = fs::read_to_string(&path).unwrap();
        if !EXEMPT.iter().any(|exempt| path.ends_with(exempt)) {
            let waits = UNBOUNDED.iter().filter(|wait| text.contains(*wait));
            wrong.extend(waits.map(|wait| format!("{} has {wait}", path.display())));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

/// A result that changes when a migration adds a column is one that a running replica does not survive: see the
/// claim `a_statement_names_its_columns` of the suite, about statements of slices.
#[test]
fn no_statement_of_the_platform_reads_all_columns() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = paths(&source);
    assert!(files.len() > 100);
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("SELECT * FROM"), "{}", path.display());
    }
}
