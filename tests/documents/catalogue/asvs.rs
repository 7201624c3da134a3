//! How much of OWASP ASVS 5.0 a test verifies. `docs/asvs.csv` maps each requirement to controls; one
//! counts when every control that it is mapped to is met. A figure that nobody computes only grows.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use super::{Catalogue, root};

/// A row of the map.
pub struct Requirement {
    pub id: String,
    level: String,
    /// A applies; B is about something dangerous that is not there, and a test says so; C depends on a
    /// feature that is not there; O is the operator's; N does not apply.
    class: String,
    controls: Vec<String>,
}

pub fn requirements() -> Vec<Requirement> {
    let map = fs::read_to_string(root().join("docs/asvs.csv")).unwrap();
    let mut lines = map.lines();
    assert_eq!(lines.next(), Some("asvs_id,level,class,method,controls"));
    let rows = lines.map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        let [id, level, class, _, controls] = cells.as_slice() else {
            unreachable!("docs/asvs.csv: {line}");
        };
        Requirement {
            id: (*id).to_owned(),
            level: (*level).to_owned(),
            class: (*class).to_owned(),
            controls: controls.split_whitespace().map(ToOwned::to_owned).collect(),
        }
    });
    rows.collect()
}

/// The requirements that apply, as a sentence, a table by level, and those that are not verified.
pub struct Figures {
    pub verified: usize,
    pub applicable: usize,
    pub by_level: BTreeMap<String, (usize, usize)>,
    /// Each with its controls that are not met.
    pub open: Vec<(String, Vec<String>)>,
}

pub fn figures(catalogue: &Catalogue) -> Figures {
    let met = catalogue.control.iter().filter(|control| control.is_met());
    let met: BTreeSet<&str> = met.map(|control| control.id.as_str()).collect();
    let mut figures = Figures {
        verified: 0,
        applicable: 0,
        by_level: BTreeMap::new(),
        open: Vec::new(),
    };
    for one in requirements() {
        if !["A", "B"].contains(&one.class.as_str()) {
            continue;
        }
        let controls = one.controls.into_iter();
        let open: Vec<String> = controls.filter(|id| !met.contains(id.as_str())).collect();
        let level = figures.by_level.entry(one.level).or_default();
        level.1 += 1;
        figures.applicable += 1;
        if open.is_empty() {
            level.0 += 1;
            figures.verified += 1;
        } else {
            figures.open.push((one.id, open));
        }
    }
    figures
}

#[test]
fn every_requirement_that_applies_is_mapped_to_controls_of_the_catalogue() {
    let catalogue = Catalogue::read();
    let requirements = requirements();
    assert_eq!(requirements.len(), 345);
    let mut wrong = Vec::new();
    for one in requirements {
        let applies = ["A", "B"].contains(&one.class.as_str());
        let known = |id: &String| catalogue.control.iter().any(|control| control.id == *id);
        let whole = one.controls.iter().all(known);
        if !whole || applies == one.controls.is_empty() && one.class != "C" {
            wrong.push(one.id);
        }
    }
    assert_eq!(wrong, [""; 0]);
}
