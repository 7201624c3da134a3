//! The arrows between the rooms go one way. Each room lists what it may name; anything else fails.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Room → the rooms it may use. A slice never uses a slice.
const ARROWS: [(&str, &[&str]); 19] = [
    (
        "cli",
        &[
            "app",
            "audit",
            "auth",
            "clock",
            "config",
            "data_dir",
            "files",
            "health",
            "http",
            "openapi",
            "telemetry",
            "tls",
        ],
    ),
    ("openapi", &["http"]),
    (
        "app",
        &[
            "audit",
            "auth",
            "clock",
            "config",
            "data_dir",
            "db",
            "files",
            "http",
            "openapi",
            "telemetry",
            "tls",
            "health",
            "me",
            "security_txt",
        ],
    ),
    ("me", &["auth", "http"]),
    ("health", &["auth", "http"]),
    ("security_txt", &["auth", "clock", "config", "http"]),
    ("audit", &["clock", "config", "files"]),
    (
        "auth",
        &[
            "audit", "clock", "config", "egress", "files", "http", "json",
        ],
    ),
    ("egress", &["tls"]),
    ("http", &["audit", "clock", "config", "db", "json"]),
    ("json", &[]),
    ("telemetry", &["config", "http"]),
    ("tls", &["files"]),
    ("db", &["config"]),
    ("parse", &[]),
    ("data_dir", &["files"]),
    ("files", &[]),
    ("config", &["files"]),
    ("clock", &[]),
];

/// Outside name → the files that may use it, by the beginning of their path.
const NAMES: [(&str, &[&str]); 10] = [
    ("rustix::", &["files/", "cli/open_files.rs"]),
    ("actix_governor::", &["http/rate_limit/address.rs"]),
    ("sqlx::", &["db/"]),
    (
        "actix_web::",
        &[
            "app",
            "http/",
            "auth/allow.rs",
            "auth/authenticate.rs",
            "security_txt.rs",
            "telemetry.rs",
            "openapi",
            "cli/",
        ],
    ),
    ("std::env::", &["config/load.rs"]),
    ("ureq::", &["egress.rs"]),
    ("now_utc()", &["clock.rs"]),
    ("SystemTime", &[]),
    (
        "rustls::",
        &[
            "tls/",
            "egress.rs",
            "http/listener/server.rs",
            "cli/healthcheck.rs",
        ],
    ),
    ("jsonwebtoken::", &["auth/tokens/"]),
];

fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// Each source file: its path below `src`, and its code without comments.
fn files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let paths = sources(&root);
    assert!(paths.len() > 100, "{} files", paths.len());
    paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            let name = path
                .strip_prefix(&root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            (name, code.collect::<Vec<_>>().join("\n"))
        })
        .collect()
}

fn room(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap()
}

/// The rooms that follow `crate::`, alone or as a list in braces.
fn used(code: &str) -> BTreeSet<String> {
    let paths = code
        .match_indices("crate::")
        .map(|(at, marker)| &code[at + marker.len()..]);
    let main = code.contains("platform::cli").then_some("cli");
    paths
        .chain(main)
        .flat_map(|path| path.strip_prefix('{').map_or(vec![path], members))
        .filter_map(|path| {
            path.trim()
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
        })
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The members of a list whose opening brace has been read.
fn members(list: &str) -> Vec<&str> {
    let (mut depth, mut start, mut members) = (1, 0, Vec::new());
    for (at, character) in list.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && character == ',') {
            members.push(&list[start..at]);
            start = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    members
}

#[test]
fn the_arrows_go_one_way() {
    let arrows: BTreeMap<_, _> = ARROWS.into_iter().collect();
    let mut wrong = Vec::new();
    for (file, code) in files() {
        let from = room(&file);
        if from == "lib" {
            continue;
        }
        let allowed = arrows
            .get(from)
            .unwrap_or_else(|| panic!("{file}: add its room to the table"));
        for to in used(&code) {
            if to != from && !allowed.contains(&to.as_str()) {
                wrong.push(format!("{file} uses {to}"));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn the_table_has_no_circle_and_no_arrow_that_is_not_used() {
    let mut real: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, code) in files() {
        real.entry(room(&file).to_owned())
            .or_default()
            .extend(used(&code));
    }
    for (from, allowed) in ARROWS {
        for to in allowed {
            assert!(real[from].contains(*to), "{from} no longer uses {to}");
        }
    }
    // Rooms without arrows to rooms that are left can be taken away, until none is left.
    let mut left: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    while let Some(free) = left
        .iter()
        .find(|(_, to)| !to.iter().any(|to| left.contains_key(to)))
        .map(|(from, _)| *from)
    {
        left.remove(free);
    }
    assert!(left.is_empty(), "a circle among {:?}", left.keys());
}

#[test]
fn outside_names_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    let files = files();
    for (name, allowed) in NAMES {
        let uses = |(_, code): &&(String, String)| code.contains(name);
        let named_in: Vec<_> = files.iter().filter(uses).map(|(file, _)| file).collect();
        for file in &named_in {
            if !allowed.iter().any(|beginning| file.starts_with(beginning)) {
                wrong.push(format!("{file} names {name}"));
            }
        }
        // A permission that nobody needs is one that somebody will use.
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
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for path in sources(&root) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("//! "),
            "{} does not open with //!",
            path.display()
        );
        let lines = text.lines().count();
        assert!(lines <= 300, "{} has {lines} lines", path.display());
    }
}

/// A control that is broken must fail its test, not stop it: `tests/harness/patience.rs` has the bound.
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
    const EXEMPT: [&str; 4] = [
        "harness/patience.rs",
        "architecture.rs",
        "audit/cost.rs",
        "compile_fail.rs",
    ];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut wrong = Vec::new();
    for path in sources(&root) {
        let file = path.strip_prefix(&root).unwrap().to_str().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let waits = UNBOUNDED.iter().filter(|wait| text.contains(*wait));
        if !EXEMPT.contains(&file) {
            wrong.extend(waits.map(|wait| format!("{file} has {wait}")));
        }
    }
    assert_eq!(wrong, [""; 0]);
}
