//! The tests that the source has, without compiling it: the place of a file and the modules around a
//! function are the test's name.

use std::{collections::BTreeMap, fs};

use super::root;
use crate::{texts, tree::tree};

pub struct Test {
    /// Where it is written.
    pub file: String,
    pub ignored: bool,
}

/// Every test by its name: package, binary, path. `service` is the package at the root.
pub fn tests() -> BTreeMap<String, Test> {
    let mut found = BTreeMap::new();
    for (file, text) in texts(&tree(), ".rs") {
        let Some((binary, modules)) = place(&file) else {
            continue;
        };
        for (name, ignored) in functions(&text) {
            let path: Vec<&str> = modules.iter().copied().chain([name.as_str()]).collect();
            let name = format!("{binary} {}", path.join("::"));
            let file = file.clone();
            found.insert(name, Test { file, ignored });
        }
        if modules.is_empty() && text.contains("\ntestkit::suite!(") {
            found.extend(claims(&binary));
        }
    }
    found
}

/// The package with its binary, and the modules that a file is.
fn place(file: &str) -> Option<(String, Vec<&str>)> {
    let (package, rest) = match file.strip_prefix("crates/") {
        Some(rest) => rest.split_once('/')?,
        None => ("service", file),
    };
    let (folder, rest) = rest.split_once('/')?;
    let mut modules: Vec<&str> = rest.strip_suffix(".rs")?.split('/').collect();
    let binary = match folder {
        "src" => "lib",
        "tests" => modules.remove(0),
        _ => return None,
    };
    modules.pop_if(|last| ["lib", "main", "mod"].contains(last));
    Some((format!("{package} {binary}"), modules))
}

/// The tests of a file with the modules that are written in it, and whether each is ignored.
fn functions(text: &str) -> Vec<(String, bool)> {
    let (mut found, mut around) = (Vec::new(), Vec::<(&str, &str)>::new());
    let (mut is_test, mut ignored) = (false, false);
    for line in text.lines() {
        let code = line.trim_start();
        let indent = line.strip_suffix(code).unwrap_or_default();
        if code == "}" {
            around.pop_if(|(_, opened)| *opened == indent);
        }
        let item = code.strip_prefix("pub ").unwrap_or(code);
        let module = item.strip_prefix("mod ");
        if let Some(name) = module.and_then(|rest| rest.strip_suffix(" {")) {
            around.push((name, indent));
        }
        is_test |= ["#[test]", "#[tokio::test"]
            .iter()
            .any(|of| code.starts_with(of));
        ignored |= code.starts_with("#[ignore");
        let item = item.strip_prefix("async ").unwrap_or(item);
        if let Some(rest) = item.strip_prefix("fn ") {
            if is_test {
                let names = around.iter().map(|(name, _)| *name);
                let name = rest.split(['(', '<']).next().unwrap();
                let path: Vec<&str> = names.chain([name]).collect();
                found.push((path.join("::"), ignored));
            }
            (is_test, ignored) = (false, false);
        }
    }
    found
}

/// What `testkit::suite!` makes tests of.
fn claims(binary: &str) -> Vec<(String, Test)> {
    let suite = "crates/testkit/src/suite";
    let text = fs::read_to_string(root().join(suite).join("claims.rs")).unwrap();
    let (list, _) = text.split_once("#[cfg(test)]").unwrap();
    let list = list.split_once("$service;").unwrap().1;
    let (mut topic, mut found) = ("", Vec::new());
    let words: Vec<&str> = list.split_whitespace().collect();
    for pair in words.windows(2) {
        match *pair {
            [name, "{"] => topic = name,
            [claim, _] if !["{", "}"].contains(&claim) => {
                let name = format!("{binary} suite::{topic}::{claim}");
                let file = [
                    format!("{suite}/{topic}.rs"),
                    format!("{suite}/{topic}/mod.rs"),
                ];
                let mut file = file.into_iter().filter(|file| root().join(file).exists());
                let claim = Test {
                    file: file.next().unwrap(),
                    ignored: false,
                };
                found.push((name, claim));
            }
            _ => (),
        }
    }
    found
}

#[test]
fn a_test_has_the_name_that_cargo_gives_it() {
    let text = "
mod outer {
    mod inner {
        #[test]
        fn within() {
            if true {
            }
        }
    }
    fn no_test() {}
    #[ignore = \"takes minutes\"]
    #[test]
    fn beside() {}
}
#[tokio::test]
async fn outside() {}
";
    let found = functions(text);
    let named = |name: &str, ignored| (name.to_owned(), ignored);
    let expected = [
        named("outer::inner::within", false),
        named("outer::beside", true),
        named("outside", false),
    ];
    assert_eq!(found, expected);
    for (file, binary, modules) in [
        ("src/lib.rs", "service lib", ""),
        (
            "tests/documents/catalogue/source.rs",
            "service documents",
            "catalogue::source",
        ),
        (
            "crates/platform/tests/cryptography.rs",
            "platform cryptography",
            "",
        ),
        (
            "crates/platform/src/tls/chain/tests.rs",
            "platform lib",
            "tls::chain::tests",
        ),
        ("crates/fixture/tests/api/tls/mod.rs", "fixture api", "tls"),
    ] {
        let place = place(file).map(|(binary, modules)| (binary, modules.join("::")));
        assert_eq!(
            place,
            Some((binary.to_owned(), modules.to_owned())),
            "{file}"
        );
    }
}

/// A parser that finds too little would refuse proofs that are there: it finds this one, and a claim.
#[test]
fn the_tests_of_this_repository_are_found() {
    let tests = tests();
    let own = "service documents catalogue::source::the_tests_of_this_repository_are_found";
    for name in [
        own,
        "fixture api suite::matrix::the_matrix_is_the_committed_one",
    ] {
        assert!(tests.contains_key(name), "{name}");
    }
    assert!(tests.len() > 800, "{} tests", tests.len());
}
