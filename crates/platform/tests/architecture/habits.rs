//! Habits of the text: short files that say what they are, tests that wait with a bound, statements that name columns.

use std::{fs, path::Path};

use super::source::{paths, root};

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
        "platform/tests/architecture/habits.rs",
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

/// A line that leaves Cargo.toml takes its check with it, and everything stays green.
///
/// Controls: SU-04
#[test]
fn the_checks_of_the_compiler_hold_in_every_crate() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let manifest = |directory: &Path| -> toml::Table {
        let text = fs::read_to_string(directory.join("Cargo.toml")).unwrap();
        text.parse().unwrap()
    };
    let root = manifest(&workspace);
    let checked = &root["profile"]["release"]["overflow-checks"];
    assert_eq!(checked.as_bool(), Some(true), "arithmetic");
    let lints = &root["workspace"]["lints"];
    assert_eq!(lints["rust"]["unsafe_code"].as_str(), Some("forbid"));
    for lint in [
        "unwrap_used",
        "expect_used",
        "panic",
        "todo",
        "unimplemented",
        "indexing_slicing",
        "allow_attributes",
    ] {
        assert_eq!(lints["clippy"][lint].as_str(), Some("deny"), "{lint}");
    }
    let crates = fs::read_dir(workspace.join("crates")).unwrap();
    let mut directories: Vec<_> = crates.map(|entry| entry.unwrap().path()).collect();
    directories.retain(|directory| directory.join("Cargo.toml").exists());
    directories.push(workspace);
    assert!(directories.len() > 2);
    for directory in directories {
        let inherits = &manifest(&directory)["lints"]["workspace"];
        assert_eq!(inherits.as_bool(), Some(true), "{}", directory.display());
    }
}
