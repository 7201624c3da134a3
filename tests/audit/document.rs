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
