//! Each block of `console` of a page is typed by a program, and compared with what the page prints: by `.ci/pages`, or by
//! the program that the page names. What cannot be typed on one machine has another language.
//!
//! A command that is typed by nobody is right on the day it is written.

use std::{collections::BTreeSet, fs, process::Command};

use testkit::patience;

use super::{book::runs, catalogue::source, root, texts, tree::tree};

const NAMED: &str = "<!-- typed by: ";

/// Programs about the template itself, which a service made from it does not have.
const OF_THE_TEMPLATE: [&str; 1] = [".ci/your-own-service"];

/// The command of a page that has a runner of its own.
fn runner(text: &str) -> Option<&str> {
    let line = text.lines().find_map(|line| line.strip_prefix(NAMED))?;
    line.strip_suffix(" -->")
}

/// The first lines of the blocks of `console`.
fn blocks(text: &str) -> Vec<&str> {
    let mut lines = text.lines();
    let mut first = Vec::new();
    while let Some(line) = lines.next() {
        if line.trim_start() == "```console" {
            assert_eq!(line, "```console", "a block that is indented");
            first.extend(lines.next());
        }
    }
    first
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test starts a script")]
fn every_block_of_console_is_typed() {
    let list = patience::output(Command::new(root().join(".ci/pages")).arg("--list"));
    assert!(list.status.success(), "{list:?}");
    let list = String::from_utf8(list.stdout).unwrap();
    let typed: BTreeSet<&str> = list.lines().collect();
    let (mut pages, mut wrong) = (0, Vec::new());
    for (page, text) in texts(&tree(), ".md") {
        let blocks = blocks(&text);
        pages += usize::from(!blocks.is_empty());
        if blocks.iter().any(|line| !line.starts_with("$ ")) {
            wrong.push(format!("{page}: a block without a command"));
        }
        let own = runner(&text).is_some();
        if !blocks.is_empty() && own == typed.contains(page.as_str()) {
            wrong.push(format!("{page}: typed by no program, or by two"));
        }
    }
    assert!(pages >= 30, "{pages} pages");
    assert_eq!(wrong, [""; 0]);
}

/// A script says which page it types, and a filter of tests runs some.
#[test]
fn every_program_that_a_page_names_is_there() {
    let (tree, tests) = (tree(), source::tests());
    let (mut runners, mut wrong) = (0, Vec::new());
    for (page, text) in texts(&tree, ".md") {
        let Some(command) = runner(&text) else {
            continue;
        };
        runners += 1;
        let program = command.rsplit(' ').next().unwrap();
        let script = || fs::read_to_string(root().join(program)).unwrap_or_default();
        let is_there = if command.starts_with("cargo test ") {
            !runs(command, &tests).is_empty()
        } else if tree.contains("cargo-generate.toml") || !OF_THE_TEMPLATE.contains(&program) {
            script().contains(&page)
        } else {
            true
        };
        if !is_there {
            wrong.push(format!("{page}: {command}"));
        }
    }
    assert!(runners >= 4, "{runners} runners");
    assert_eq!(wrong, [""; 0]);
}

/// Once a week, or with each run.
#[test]
fn every_program_that_types_is_run_by_a_workflow() {
    let workflows: String = texts(&tree(), ".yml")
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    let whole = fs::read_to_string(root().join(".ci/run")).unwrap();
    let runs = |program: &str| workflows.contains(program) || whole.contains(program);
    let pages = texts(&tree(), ".md");
    let runners = pages.iter().filter_map(|(_, text)| runner(text));
    let scripts = runners.filter(|command| !command.starts_with("cargo test "));
    let programs = scripts.map(|command| command.rsplit(' ').next().unwrap());
    let idle: Vec<_> = programs
        .chain(["just pages"])
        .filter(|program| !runs(program))
        .collect();
    assert_eq!(idle, [""; 0]);
}
