//! The document knows every word that the journal can say (LO-09).

use std::{collections::BTreeSet, fs, path::Path};

use app::audit::{Event, Level, Reason};

#[test]
fn every_event_stands_in_the_document_with_its_level() {
    let document = include_str!("../../docs/audit.md");
    for event in Event::ALL {
        let level = match event.level() {
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
            Level::Critical => "critical",
        };
        let row = format!("| `{}` | {level} | ", event.name());
        assert!(document.contains(&row), "{row}");
    }
    let rows = document.lines().filter_map(|line| line.split(" | ").nth(1));
    let events = rows.filter(|cell| matches!(*cell, "info" | "warn" | "error" | "critical"));
    assert_eq!(events.count(), Event::ALL.len());
}

/// Alerts match on reasons: one that is not in the document is one that nobody watches for, and one
/// that is only there never comes.
#[test]
fn the_reasons_are_those_of_the_document() {
    let document = include_str!("../../docs/audit.md");
    let section = between(document, "\n### Reasons\n", "\n## ");
    let lines: Vec<&str> = section.lines().collect();
    let rows = lines.iter().zip(lines.iter().skip(1));
    let reasons = rows.filter_map(|(line, next)| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        // Event and reasons; or a reason, when, and what. Above a rule stand the names of columns.
        match cells.as_slice() {
            _ if next.starts_with("|---") => None,
            ["", _, reasons, ""] | ["", reasons, _, _, ""] => Some(quoted(reasons)),
            _ => None,
        }
    });
    let written: BTreeSet<&str> = reasons.flatten().collect();
    let known: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
    assert_eq!(known.len(), Reason::ALL.len(), "each name once");
    let different: Vec<_> = known.symmetric_difference(&written).collect();
    assert!(
        different.is_empty(),
        "in one of the two only: {different:?}"
    );
}

#[test]
fn what_nothing_writes_is_said_in_the_document() {
    let document = include_str!("../../docs/audit.md");
    let said: BTreeSet<&str> = quoted(between(document, "Nothing writes these: ", ".\n")).collect();
    let source = source(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let events = Event::ALL.iter();
    let unused: BTreeSet<&str> = events
        .filter(|event| !source.contains(&format!("Event::{event:?}")))
        .map(|event| event.name())
        .collect();
    assert_eq!(unused, said);
    let reasons = Reason::ALL.iter();
    let unused = reasons.filter(|reason| !source.contains(&format!("Reason::{reason:?}")));
    assert_eq!(unused.collect::<Vec<_>>(), [&Reason::Missing; 0]);
}

fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    let (_, rest) = text.split_once(begin).unwrap();
    rest.split_once(end).unwrap().0
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// All source files in one text, without comments.
fn source(directory: &Path) -> String {
    let entries = fs::read_dir(directory).unwrap();
    let texts = entries.map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return source(&path);
        }
        let text = fs::read_to_string(path).unwrap();
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        code.collect::<Vec<_>>().join("\n")
    });
    texts.collect()
}
