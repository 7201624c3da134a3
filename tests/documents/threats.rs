//! The threat model and the catalogue of controls fit each other, and its picture is its text.
//!
//! A threat model that nobody compares with the controls is a page of good intentions: a control that is dropped
//! leaves a threat without an answer, and nobody notices.
//!
//! Controls: DO-05

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use super::{
    catalogue::{Catalogue, Control},
    controls::is_id,
    root,
    svg::{Area, Picture},
};

const WRITTEN_BY: &str = "UPDATE=1 cargo test --test documents the_picture";

/// A row of a table, cell by cell.
fn cells(line: &str) -> Option<Vec<&str>> {
    let row = line.strip_prefix("| ")?.strip_suffix('|')?;
    Some(row.split('|').map(str::trim).collect())
}

/// `P1` or `R12`: a letter and a number.
fn is_numbered(word: &str) -> bool {
    let (letter, number) = word.split_at_checked(1).unwrap_or_default();
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    letter.bytes().all(|b| b.is_ascii_uppercase()) && digits
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
}

struct Page {
    text: String,
}

impl Page {
    fn read() -> Self {
        let text = fs::read_to_string(root().join("docs/threat-model.md")).unwrap();
        Self { text }
    }

    /// The threats of each section by its letter: the cells of each row.
    fn sections(&self) -> BTreeMap<&str, Vec<Vec<&str>>> {
        let sections = self.text.split("\n## ").filter_map(|section| {
            let (letter, _) = section
                .split_once(": ")
                .filter(|(letter, _)| letter.len() == 1)?;
            let rows = section.lines().filter_map(cells);
            let threats = rows.filter(|row| is_numbered(row[0]));
            Some((letter, threats.collect()))
        });
        sections.collect()
    }

    fn threats(&self) -> Vec<Vec<&str>> {
        self.sections().into_values().flatten().collect()
    }

    /// The first cells of the table under a heading.
    fn listed(&self, heading: &str) -> Vec<&str> {
        let (_, section) = self.text.split_once(heading).unwrap();
        let section = section.split("\n## ").next().unwrap();
        let rows = section.lines().filter_map(cells).skip(1);
        rows.map(|row| row[0])
            .filter(|cell| !cell.starts_with('-'))
            .collect()
    }

    fn accepted(&self) -> Vec<&str> {
        self.listed("\n## Accepted risks\n")
    }
}

/// The catalogue by its ids.
fn controls() -> BTreeMap<String, Control> {
    let controls = Catalogue::read().control.into_iter();
    controls
        .map(|control| (control.id.clone(), control))
        .collect()
}

#[test]
fn every_threat_has_a_control_that_is_built_or_an_accepted_risk() {
    let page = Page::read();
    let catalogue = controls();
    let accepted: BTreeSet<&str> = page.accepted().into_iter().collect();
    let mut wrong = Vec::new();
    for row in page.threats() {
        assert_eq!(row.len(), 5, "{row:?}");
        let (id, stops, left) = (row[0], row[3], row[4]);
        let named: Vec<&str> = words(stops).filter(|word| is_id(word)).collect();
        let unknown = named.iter().find(|name| !catalogue.contains_key(**name));
        wrong.extend(unknown.map(|control| format!("{id} names {control}")));
        let risks: Vec<&str> = words(left).filter(|word| is_numbered(word)).collect();
        let unlisted = risks.iter().find(|risk| !accepted.contains(*risk));
        wrong.extend(unlisted.map(|risk| format!("{id} leaves {risk}")));
        let mut found = named.iter().filter_map(|name| catalogue.get(*name));
        if risks.is_empty() && !found.any(Control::is_built) {
            wrong.push(format!("{id} has no answer"));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn every_accepted_risk_is_left_by_a_threat_and_every_id_is_there_once() {
    let page = Page::read();
    let threats = page.threats();
    let left: BTreeSet<&str> = threats.iter().flat_map(|row| words(row[4])).collect();
    let accepted = page.accepted();
    let idle: Vec<_> = accepted
        .iter()
        .filter(|risk| !left.contains(*risk))
        .collect();
    assert_eq!(idle, [&""; 0]);
    let ids: Vec<&str> = threats.iter().map(|row| row[0]).chain(accepted).collect();
    let distinct: BTreeSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len());
    assert!(ids.len() > 80, "{ids:?}");
}

#[test]
fn every_control_that_must_be_there_answers_a_threat() {
    let page = Page::read();
    let threats = page.threats();
    let named: BTreeSet<&str> = threats.iter().flat_map(|row| words(row[3])).collect();
    let excepted = page.listed("\n## Controls that answer no threat by themselves\n");
    let catalogue = controls();
    let must = catalogue.values().filter(|control| control.must_be());
    let idle: Vec<_> = must
        .map(|control| control.id.as_str())
        .filter(|id| !named.contains(id) && !excepted.contains(id))
        .collect();
    assert_eq!(idle, [""; 0]);
    // An exception that is none hides the next one.
    let needless: Vec<_> = excepted.iter().filter(|id| named.contains(*id)).collect();
    assert_eq!(needless, [&""; 0]);
}

#[test]
fn every_boundary_is_looked_at_in_all_six_ways() {
    let page = Page::read();
    for (letter, threats) in page.sections() {
        let ways: BTreeSet<&str> = threats.iter().map(|row| row[1]).collect();
        let all = BTreeSet::from(["S", "T", "R", "I", "D", "E"]);
        assert_eq!(ways, all, "{letter}");
        let strangers = threats.iter().filter(|row| !row[0].starts_with(letter));
        assert_eq!(strangers.count(), 0, "{letter}");
    }
}

const COLUMN: i32 = 196;
const ROW: i32 = 112;
const MARGIN: i32 = 10;

fn numbers<const N: usize>(words: &[&str]) -> [i32; N] {
    let numbers: Vec<i32> = words.iter().map(|word| word.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

/// The box of a cell.
const fn cell(column: i32, row: i32) -> Area {
    Area {
        x: MARGIN + column * COLUMN + 19,
        y: MARGIN + row * ROW + 34,
        width: 158,
        height: 58,
    }
}

const fn zone([column, row, columns, rows]: [i32; 4]) -> Area {
    Area {
        x: MARGIN + column * COLUMN + 6,
        y: MARGIN + row * ROW + 6,
        width: columns * COLUMN - 12,
        height: rows * ROW - 12,
    }
}

/// Each line of the text is a zone, a box or a flow. The letters of its flows are the sections of the page.
#[test]
fn the_picture_is_its_text_and_every_boundary_has_a_section() {
    let text = fs::read_to_string(root().join("docs/threat-model.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let lines: Vec<Vec<&str>> = lines
        .map(|line| line.split_whitespace().collect())
        .collect();
    let of = |kind: &'static str| {
        let lines = lines.iter().filter(move |line| line.first() == Some(&kind));
        lines.map(|line| &line[1..])
    };
    let (width, height) = (5 * COLUMN + 2 * MARGIN, 5 * ROW + 2 * MARGIN);
    let title = "Actors, parts of the system and the boundaries between them";
    let mut picture = Picture::new(width, height, title);
    for line in of("zone") {
        let area = zone(numbers(&line[..4]));
        picture.frame("zone", area);
        picture.words("note", area.x + 12, area.y + 18, &line[4..].join(" "));
    }
    let mut boxes = BTreeMap::new();
    for line in of("box") {
        let [column, row] = numbers(&line[1..3]);
        let words = line[3..].join(" ");
        let (title, has) = words.split_once(" | ").unwrap();
        boxes.insert(
            line[0],
            (cell(column, row), title.to_owned(), has.to_owned()),
        );
    }
    let mut crossed = BTreeSet::new();
    for line in of("flow") {
        let letters = line[2].trim_matches('-');
        crossed.extend(letters.split("").filter(|letter| !letter.is_empty()));
        picture.arrow(boxes[line[0]].0, boxes[line[1]].0, letters);
    }
    for (area, title, has) in boxes.values() {
        picture.frame("card", *area);
        let middle = area.x + area.width / 2;
        picture.words("title middle", middle, area.y + 25, title);
        picture.words("note middle", middle, area.y + 44, has);
    }
    let page = Page::read();
    let sections: BTreeSet<&str> = page.sections().into_keys().collect();
    assert_eq!(crossed, sections, "boundaries, and sections");
    picture.matches(&root().join("docs/threat-model.svg"), WRITTEN_BY);
}
