//! The document knows every word that the journal can say (LO-09).

use app::audit::{Event, Level};

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

/// The journal's own words, wherever its source says one.
#[test]
fn every_reason_of_a_gap_stands_in_the_document() {
    let document = include_str!("../../docs/audit.md");
    let sources = [
        include_str!("../../src/audit/start.rs"),
        include_str!("../../src/audit/file.rs"),
        include_str!("../../src/audit/writer.rs"),
    ];
    let words = |source: &'static str| {
        let quoted = source.split('"').skip(1).step_by(2);
        quoted.filter(|word| {
            word.contains('_') && word.chars().all(|c| c == '_' || c.is_ascii_lowercase())
        })
    };
    let reasons: Vec<&str> = sources.into_iter().flat_map(words).collect();
    assert!(reasons.len() > 10, "{reasons:?}");
    for reason in reasons {
        assert!(document.contains(&format!("| `{reason}` | ")), "{reason}");
    }
}
