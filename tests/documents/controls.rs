//! The controls that source and tests name are those of the catalogue, `docs/controls.toml`.
//!
//! A comment that begins with `Controls:` ties code and tests to the list, and a reader finds both by
//! searching for an id. An id in prose, or one that the list does not have, is a tie that leads nowhere.

use std::collections::BTreeSet;

use super::{catalogue::Catalogue, texts, tree};

/// The ids of the catalogue.
fn known() -> BTreeSet<String> {
    let controls = Catalogue::read().control.into_iter();
    controls.map(|control| control.id).collect()
}

/// Two capitals, a hyphen, two digits.
pub fn is_id(word: &str) -> bool {
    let digits = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
    word.split_once('-').is_some_and(|(group, number)| {
        group.len() == 2 && group.bytes().all(|b| b.is_ascii_uppercase()) && digits(number)
    })
}

/// What stands behind `Controls:`, where a comment begins with it.
fn listed(line: &str) -> Option<&str> {
    let comment = line.trim_start().trim_start_matches(['/', '!', '#']);
    comment.trim_start().strip_prefix("Controls:")
}

/// What is wrong with a line, if anything.
fn fault(line: &str, known: &BTreeSet<String>) -> Option<String> {
    let Some(list) = listed(line) else {
        let mut words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let id = words.find(|word| is_id(word))?;
        return Some(format!("{id} stands outside of a line `Controls: {id}`"));
    };
    let Some(list) = list.strip_prefix(' ') else {
        return Some("write `Controls: HT-01, HT-02`".to_owned());
    };
    let mut ids = list.split(", ");
    let wrong = ids.find(|id| !known.contains(*id))?;
    Some(format!("`{wrong}` is not an id of docs/controls.toml"))
}

#[test]
fn every_control_that_a_file_names_is_in_the_list() {
    let (tree, known) = (tree(), known());
    let (mut named, mut wrong) = (0, Vec::new());
    for ending in [".rs", ".toml", ".sql", ".yml"] {
        // One of these is the list, one has examples of what is wrong. In what attacks and takes out, an id is data.
        let unread = [
            "docs/controls.toml",
            "tests/documents/controls.rs",
            "crates/attack/src/",
        ];
        for (file, text) in texts(&tree, ending)
            .into_iter()
            .filter(|(file, _)| !unread.iter().any(|unread| file.starts_with(unread)))
        {
            for (number, line) in text.lines().enumerate() {
                named += usize::from(listed(line).is_some());
                let fault = fault(line, &known);
                wrong.extend(fault.map(|fault| format!("{file}:{}: {fault}", number + 1)));
            }
        }
    }
    assert!(known.len() > 100, "{known:?}");
    assert!(named > 100, "{named} lines");
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn a_malformed_line_and_an_unknown_id_are_found() {
    let known = known();
    for right in [
        "//! Controls: HT-01, HT-02",
        "    /// Controls: TL-01",
        "# Controls: IN-12",
        "let version = \"2026-11-26\";",
        "//! RFC 9457, SHA-256 and ES-256",
    ] {
        assert_eq!(fault(right, &known), None, "{right}");
    }
    for wrong in [
        "//! Controls: HT-01 HT-02",
        "//! Controls: HT-01,HT-02",
        "//! Controls: HT-01, HT-02.",
        "//! Controls: HT-01…HT-04",
        "//! Controls:HT-01",
        "//! Controls: HT-99",
        "//! Controls:",
        "//! refused before anything is read (HT-01)",
    ] {
        assert!(fault(wrong, &known).is_some(), "{wrong}");
    }
}
