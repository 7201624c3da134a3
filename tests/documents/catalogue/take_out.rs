//! How a control is taken out, as a page of the book shows it: the file, the change, and the tests that fail.

use std::{collections::BTreeMap, fmt::Write};

use super::{Catalogue, TakeOut, page::proof, source::Test};

/// Each line of a text behind a mark.
fn marked(mark: char, text: &str) -> String {
    text.lines().fold(String::new(), |mut lines, line| {
        writeln!(lines, "{mark}{line}").unwrap();
        lines
    })
}

fn change(change: &TakeOut, tests: &BTreeMap<String, Test>) -> String {
    let mut text = String::new();
    for (file, find, replace) in change.places() {
        let (_, short) = file.split_once("/src/").unwrap_or(("", file));
        write!(
            text,
            "\nIn [{short}](../../{file}):\n\n```diff\n{}{}```\n",
            marked('-', find),
            marked('+', replace),
        )
        .unwrap();
    }
    let red = change.red.iter();
    let red = red.map(|test| proof(test, tests, "../../"));
    writeln!(text, "\nRed: {}.", red.collect::<Vec<_>>().join("; ")).unwrap();
    text
}

/// The changes of these controls.
pub fn section<'i>(
    catalogue: &Catalogue,
    tests: &BTreeMap<String, Test>,
    ids: impl Iterator<Item = &'i str>,
) -> String {
    let mut text = String::new();
    for id in ids {
        let control = catalogue.control.iter().find(|control| control.id == id);
        let changes = &control.unwrap().take_out;
        assert!(!changes.is_empty(), "{id}: no change takes it out");
        for one in changes {
            text.push_str(&change(one, tests));
        }
    }
    text.push('\n');
    text
}
