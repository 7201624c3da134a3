//! Attacks, controls and what takes controls out belong together: each attack has its control, each control of an
//! attack can be taken out, and the weak build has been tried.
//!
//! Controls: SU-08

use std::{collections::BTreeSet, fs, path::Path};

use attack::{
    GROUPS,
    take_outs::{Catalogue, Control, Record},
};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The names of all attacks with their controls.
fn attacks() -> Vec<(&'static str, &'static str)> {
    let attacks = GROUPS.iter().flat_map(|group| group.attacks);
    attacks
        .map(|attack| (attack.name, attack.control))
        .collect()
}

#[test]
fn an_attack_has_a_name_of_its_own() {
    let attacks = attacks();
    let names: BTreeSet<&str> = attacks.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), attacks.len());
    let kebab = |name: &str| {
        name.bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    assert!(names.iter().all(|name| kebab(name)), "{names:?}");
}

#[test]
fn the_catalogue_names_each_attack_at_its_control_and_no_other() {
    let of_tables: BTreeSet<(String, String)> = attacks()
        .into_iter()
        .map(|(name, control)| (name.to_owned(), control.to_owned()))
        .collect();
    let catalogue = Catalogue::read(root()).unwrap();
    let named = catalogue.control.iter().flat_map(|control| {
        let attacks = control.attacks.iter();
        attacks.map(|name| (name.clone(), control.id.clone()))
    });
    let named: BTreeSet<(String, String)> = named.collect();
    assert_eq!(named, of_tables);
}

#[test]
fn what_holds_off_an_attack_can_be_taken_out() {
    let catalogue = Catalogue::read(root()).unwrap();
    let held: BTreeSet<&str> = attacks().into_iter().map(|(_, control)| control).collect();
    let can: BTreeSet<&str> = catalogue
        .control
        .iter()
        .filter(|control| !control.take_out.is_empty())
        .map(|control| control.id.as_str())
        .collect();
    assert_eq!(held.difference(&can).collect::<Vec<_>>(), [&""; 0]);
}

/// All of them stand together in the weak build, so none may hide the text of another.
#[test]
fn all_changes_can_be_applied_one_after_the_other() {
    let catalogue = Catalogue::read(root()).unwrap();
    let changes = catalogue.weakening();
    assert!(changes.len() > 100, "{}", changes.len());
    let mut texts = std::collections::BTreeMap::new();
    let mut wrong = Vec::new();
    for change in &changes {
        let text = texts
            .entry(&change.file)
            .or_insert_with(|| fs::read_to_string(root().join(&change.file)).unwrap_or_default());
        if text.matches(&change.find).count() == 1 {
            *text = text.replace(&change.find, &change.replace);
        } else {
            wrong.push(format!("{}: {}", change.file, change.find));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn every_attack_has_succeeded_on_the_weak_build() {
    let page = fs::read_to_string(root().join("docs/weak-build.md")).unwrap();
    let rows = page.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split(" | ").collect();
        Some((cells.first()?.strip_prefix("| ")?, *cells.get(1)?))
    });
    let tried: BTreeSet<(&str, &str)> = rows.collect();
    let untried: Vec<_> = attacks()
        .into_iter()
        .filter(|attack| !tried.contains(attack))
        .collect();
    assert_eq!(untried, [("", ""); 0]);
    let all = attacks().len();
    assert!(page.contains(&format!("{all} of {all} attacks succeed")));
}

/// The committed table has no row of a control that is not there, and none in which a test stayed green.
#[test]
fn what_was_taken_out_turned_its_tests_red() {
    let catalogue = Catalogue::read(root()).unwrap();
    let known = |id: &String| {
        catalogue
            .control
            .iter()
            .any(|Control { id: known, .. }| known == id)
    };
    let record = Record::read(root());
    let wrong: Vec<_> = record
        .0
        .iter()
        .filter(|(id, proof)| !known(id) || proof.red != proof.of || proof.of == 0)
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
