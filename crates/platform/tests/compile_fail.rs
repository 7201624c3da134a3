//! What must not compile, and what the compiler says about it.
//!
//! Each program in `tests/compile_fail` names in `//~` lines what it must be refused with. They are
//! compiled against the library that `cargo test` has just built: trybuild would build every
//! dependency a second time, for minutes.
//!
//! Controls: AU-01, AZ-01
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and this one runs the compiler"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compile_fail");

/// The library as cargo builds it for these tests.
fn library() -> PathBuf {
    let build = Command::new(env!("CARGO"))
        .args(["build", "--lib", "--quiet", "--message-format=json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&build.stderr);
    assert!(build.status.success(), "{}: {words}", build.status);
    String::from_utf8(build.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "platform")
        .filter_map(|message| message["filenames"].as_array().cloned())
        .flatten()
        .filter_map(|file| file.as_str().map(PathBuf::from))
        .find(|file| {
            file.extension()
                .is_some_and(|extension| extension == "rlib")
        })
        .unwrap()
}

/// What the compiler says about a program; `None` when it compiles.
fn refusal(program: &Path, library: &Path) -> Option<String> {
    let dependencies = library.parent().unwrap().join("deps");
    let output = Command::new("rustc")
        .args([
            "--edition=2024",
            "--crate-type=bin",
            "--emit=metadata",
            "--color=never",
        ])
        .arg(format!("--out-dir={}", env!("CARGO_TARGET_TMPDIR")))
        .arg(format!("--extern=platform={}", library.display()))
        .arg(format!("-Ldependency={}", dependencies.display()))
        .arg(program)
        .output()
        .unwrap();
    (!output.status.success()).then(|| String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_handler_without_a_rule_or_with_undescribed_types_does_not_compile() {
    let library = library();
    let mut refused = 0;
    for entry in fs::read_dir(PROGRAMS).unwrap() {
        let program = entry.unwrap().path();
        let source = fs::read_to_string(&program).unwrap();
        let expected: Vec<_> = source
            .lines()
            .filter_map(|line| line.strip_prefix("//~ "))
            .collect();
        match refusal(&program, &library) {
            None => assert!(expected.is_empty(), "{} compiles", program.display()),
            Some(words) => {
                assert!(
                    !expected.is_empty(),
                    "{} does not compile: {words}",
                    program.display()
                );
                for expected in expected {
                    assert!(words.contains(expected), "no {expected:?} in:\n{words}");
                }
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 5);
}
