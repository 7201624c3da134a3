//! What only a service with actix-governor has (`rate_limiter` in `cargo-generate.toml`): every line that names
//! the library, and in locks what cargo leaves out when those lines are gone.
//!
//! A service whose owner chose governor for its licence must not have the other library even in a lock: who
//! looks for the GPL looks there.

use std::{fs, os::unix::fs::symlink, path::Path, process::Command};

use super::tree::{root, tree};

const IF: &str = r#"{% if rate_limiter == "actix-governor" %}"#;
const ELSE: &str = "{% else %}";
const END: &str = "{% endif %}";
const ENTRY: &str = "[[package]]";

fn names_it(line: &str) -> bool {
    line.replace('_', "-").contains("actix-governor")
}

/// The text, in which each line that names the library stands on the condition.
pub fn lines(text: &str) -> String {
    let conditional = text.split_inclusive('\n').map(|line| {
        if names_it(line) {
            return format!("{IF}{line}{END}");
        }
        line.to_owned()
    });
    let conditional: String = conditional.collect();
    conditional.replace(&format!("{END}{IF}"), "")
}

/// The lock, in which each package that is not the same without the library stands on the condition.
pub fn locked(file: &str) -> String {
    let with = fs::read_to_string(root().join(file)).unwrap();
    let without = lock_without(file);
    let (head, with) = with.split_once(ENTRY).unwrap();
    let (_, without) = without.split_once(ENTRY).unwrap();
    let without: Vec<&str> = without.split(ENTRY).map(str::trim_end).collect();
    let conditional = with.split(ENTRY).map(|package| {
        let end = package.trim_end().len();
        let (package, space) = package.split_at(end);
        let kept = without.iter().find(|kept| id(kept) == id(package));
        match kept {
            None => format!("{IF}{ENTRY}{package}{space}{END}"),
            Some(kept) if *kept == package => format!("{ENTRY}{package}{space}"),
            Some(kept) => {
                format!("{IF}{ENTRY}{package}{ELSE}{ENTRY}{kept}{END}{space}")
            }
        }
    });
    format!("{head}{}", conditional.collect::<String>())
}

/// Name and version.
fn id(package: &str) -> Vec<&str> {
    package.trim_start().lines().take(2).collect()
}

/// The lock that cargo makes of this one when no manifest names the library.
#[expect(clippy::disallowed_methods, reason = "no test of the service: cargo")]
fn lock_without(file: &str) -> String {
    let copy = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let tree = tree();
    let manifests = tree
        .iter()
        .filter_map(|path| path.strip_suffix("Cargo.toml"));
    for package in manifests {
        let (from, to) = (root().join(package), copy.path().join(package));
        fs::create_dir_all(&to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            lay(&path, &to.join(path.file_name().unwrap()));
        }
    }
    let manifest = copy.path().join(file).with_file_name("Cargo.toml");
    let updated = |offline: &[&str]| {
        Command::new(env!("CARGO"))
            .args(["update", "--quiet", "--workspace", "--manifest-path"])
            .arg(&manifest)
            .args(offline)
            .output()
            .unwrap()
    };
    // On a fresh machine the registry has to be asked: what the fuzz targets need is not there.
    let mut done = updated(&["--offline"]);
    if !done.status.success() {
        done = updated(&[]);
    }
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    fs::read_to_string(copy.path().join(file)).unwrap()
}

/// A manifest without the lines that name the library, a lock as it is; of everything else a link.
fn lay(path: &Path, to: &Path) {
    match path.file_name().unwrap().to_str().unwrap() {
        "Cargo.toml" => {
            let manifest = fs::read_to_string(path).unwrap();
            let kept = manifest
                .split_inclusive('\n')
                .filter(|line| !names_it(line));
            fs::write(to, kept.collect::<String>()).unwrap();
        }
        "Cargo.lock" => drop(fs::copy(path, to).unwrap()),
        // Packages of their own, and what is built of them.
        "crates" | "fuzz" | "loadtests" | "target" | ".git" => {}
        _ => symlink(path, to).unwrap(),
    }
}
