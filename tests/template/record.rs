//! The record of a service, `.template.toml`, says what an upgrade must know; the list of releases says what a
//! service has missed. A record without an answer would render another service as the ancestor of the merge,
//! and a release that is not in the list would be announced to nobody.

use std::fs;

use super::tree::{root, tree};

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

/// The values of a key, in order.
fn values<'t>(text: &'t str, key: &str) -> Vec<&'t str> {
    let lines = text.lines().filter_map(|line| line.split_once(" = "));
    let values = lines.filter(|(name, _)| *name == key);
    values.map(|(_, value)| value.trim_matches('"')).collect()
}

#[test]
fn the_record_has_every_answer() {
    let settings = read("cargo-generate.toml");
    let questions = settings.split("\n[placeholders.").skip(1);
    let questions = questions.map(|question| question.split_once(']').unwrap().0);
    let mut questions: Vec<&str> = questions.collect();
    questions.sort_unstable();
    let record = read(".template.toml.liquid");
    let (_, answers) = record.split_once("\n[values]\n").unwrap();
    let answers: Vec<String> = answers.lines().map(|line| line.replace('"', "")).collect();
    let expected = questions
        .iter()
        .map(|name| format!("{name} = {{{{{name}}}}}"));
    assert_eq!(answers, expected.collect::<Vec<_>>());
}

#[test]
fn every_package_but_the_service_is_the_platforms() {
    let record = read(".template.toml.liquid");
    let platform = values(&record, "platform").concat();
    let paths: Vec<&str> = platform.split('"').skip(1).step_by(2).collect();
    let tree = tree();
    let manifests = tree
        .iter()
        .filter_map(|path| path.strip_suffix("/Cargo.toml"));
    assert_eq!(paths, manifests.collect::<Vec<_>>());
}

#[test]
fn the_newest_release_is_this_version() {
    let releases = read("releases.toml");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(values(&releases, "version").first(), Some(&version));
    let record = read(".template.toml.liquid");
    assert_eq!(values(&record, "release"), [version]);
}

#[test]
fn every_release_says_what_a_service_must_know_and_the_newest_is_the_first() {
    let releases = read("releases.toml");
    let count = releases.matches("[[release]]").count();
    for key in ["version", "date", "security", "summary"] {
        assert_eq!(values(&releases, key).len(), count, "{key}");
    }
    let dates = values(&releases, "date");
    assert!(
        dates.is_sorted_by(|newer, older| newer >= older),
        "{dates:?}"
    );
    let security = values(&releases, "security");
    assert!(
        security
            .iter()
            .all(|value| ["true", "false"].contains(value))
    );
}
