//! What the catalogue names is there: tests, steps, files, settings, and the text that a control is taken
//! out by. A control without a proof is a promise, and one whose proof nobody runs is none.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use super::{
    super::{quoted, texts, tree},
    Catalogue, Status, root,
    source::{Test, tests},
};

/// What is tried once a week: a proof beside others.
pub const WEEKLY: &str = "weekly ";
/// Where its jobs are.
pub const SCHEDULE: &str = ".github/workflows/scheduled.yml";

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

/// Whether `.ci/run` runs an ignored test: by a filter that its path has in it.
fn is_run(script: &str, name: &str) -> bool {
    let mut words = name.splitn(3, ' ');
    let (package, binary) = (words.next().unwrap(), words.next().unwrap());
    let path = words.next().unwrap();
    let chosen = format!("--package {package} --test {binary} ");
    let mut lines = script.lines().filter(|line| line.contains(&chosen));
    lines.any(|line| {
        let filter = line
            .split_once("--ignored ")
            .map(|(_, filter)| filter.trim());
        filter.is_some_and(|filter| path.contains(filter))
    })
}

/// What is wrong with a proof, if anything.
fn fault(proof: &str, tests: &BTreeMap<String, Test>, script: &str) -> Option<&'static str> {
    if let Some(job) = proof.strip_prefix(WEEKLY) {
        let named = read(SCHEDULE).contains(&format!("    name: {job}\n"));
        return (!named).then_some("no scheduled job has this name");
    }
    if let Some(title) = proof.strip_prefix("step ") {
        let named = script.contains(&format!("step \"{title}\""));
        return (!named).then_some("no step of .ci/run has this title");
    }
    match tests.get(proof) {
        None => Some("no test has this name"),
        Some(test) if test.ignored && !is_run(script, proof) => {
            Some("it is ignored, and .ci/run does not run it")
        }
        Some(_) => None,
    }
}

#[test]
fn every_proof_of_a_control_is_there() {
    let (catalogue, tests, script) = (Catalogue::read(), tests(), read(".ci/run"));
    let of_controls = catalogue.control.iter().flat_map(|control| {
        let red = control.take_out.iter().flat_map(|change| &change.red);
        let proofs = control.tests.iter().chain(red);
        proofs.map(|proof| (&control.id, proof))
    });
    let of_recommendations = catalogue
        .recommendation
        .iter()
        .flat_map(|one| one.tests.iter().map(|proof| (&one.id, proof)));
    let wrong = of_controls
        .chain(of_recommendations)
        .filter_map(|(id, proof)| {
            let fault = fault(proof, &tests, &script)?;
            Some(format!("{id}: {proof}: {fault}"))
        });
    assert_eq!(wrong.collect::<Vec<_>>(), [""; 0]);
}

/// A page may name a proof as the catalogue does, `fixture api keys::…`: a reader runs it, and finds it gone.
#[test]
fn every_proof_that_a_page_names_is_there() {
    let (tests, script) = (tests(), read(".ci/run"));
    let pages = texts(&tree(), ".md");
    let words = pages.iter().flat_map(|(page, text)| {
        let proofs = quoted(text).filter(|word| {
            let packages = ["fixture ", "platform ", "service "];
            packages.iter().any(|package| word.starts_with(package)) && word.contains("::")
        });
        proofs.map(move |proof| (page, proof))
    });
    let words: Vec<_> = words.collect();
    assert!(words.len() > 10, "{words:?}");
    let wrong = words.iter().filter_map(|(page, proof)| {
        let fault = fault(proof, &tests, &script)?;
        Some(format!("{page}: {proof}: {fault}"))
    });
    assert_eq!(wrong.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn a_proof_that_is_not_there_or_not_run_is_found() {
    let (tests, script) = (tests(), read(".ci/run"));
    let run = "fixture api provider::a_provider_that_comes_late_is_waited_for";
    for right in [
        "step secrets",
        "weekly the commands of the documentation",
        run,
    ] {
        assert_eq!(fault(right, &tests, &script), None, "{right}");
    }
    for wrong in [
        "step which nobody takes",
        "weekly which nobody runs",
        "fixture api which::nobody::wrote",
        "fixture audit kill::nothing_acknowledged_is_lost_when_it_is_killed_a_hundred_times",
    ] {
        assert!(fault(wrong, &tests, &script).is_some(), "{wrong}");
    }
}

#[test]
fn what_is_met_has_a_proof_and_what_is_not_has_a_reason() {
    let catalogue = Catalogue::read();
    let wrong = catalogue.control.iter().filter(|control| {
        let mut always = control
            .tests
            .iter()
            .filter(|proof| !proof.starts_with(WEEKLY));
        let built = always.next().is_some() && !control.code.is_empty();
        match control.status {
            Status::Met => !built || control.reason.is_some(),
            Status::Partly => control.code.is_empty() || control.reason.is_none(),
            Status::Accepted => control.reason.is_none(),
        }
    });
    let wrong: Vec<&str> = wrong.map(|control| control.id.as_str()).collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn every_recommendation_has_a_proof_and_controls_that_are_met() {
    let catalogue = Catalogue::read();
    let ids = catalogue.recommendation.iter().map(|one| one.id.as_str());
    let ids: BTreeSet<&str> = ids.collect();
    assert_eq!(ids.len(), 20);
    for one in &catalogue.recommendation {
        assert!(!one.tests.is_empty(), "{}", one.id);
        let met = catalogue.answers(&one.id).any(super::Control::is_met);
        assert!(met, "{}", one.id);
    }
    for control in &catalogue.control {
        let unknown = control
            .recommendations()
            .find(|id| !ids.contains(id.as_str()));
        assert_eq!(unknown, None, "{}", control.id);
    }
}

#[test]
fn every_id_stands_once_and_in_its_family() {
    let catalogue = Catalogue::read();
    let families = catalogue.family.iter().map(|family| family.id.as_str());
    let families: BTreeSet<&str> = families.collect();
    let mut seen = BTreeSet::new();
    for control in &catalogue.control {
        let (family, _) = control.id.split_once('-').unwrap();
        assert!(families.contains(family), "{}", control.id);
        assert!(seen.insert(&control.id), "{} is there twice", control.id);
    }
}

#[test]
fn every_file_and_setting_of_a_control_is_there() {
    let catalogue = Catalogue::read();
    let defaults: toml::Table =
        toml::from_str(&read("crates/platform/config/default.toml")).unwrap();
    let is_setting = |key: &str| {
        let (first, rest) = key.split_once('.').unwrap_or((key, ""));
        let keys = rest.split('.').filter(|key| !key.is_empty());
        let value = keys.fold(defaults.get(first), |value, key| value?.get(key));
        value.is_some()
    };
    let mut wrong = Vec::new();
    for one in &catalogue.recommendation {
        let missing = one.code.iter().filter(|path| !root().join(path).exists());
        wrong.extend(missing.map(|path| format!("{}: {path}", one.id)));
    }
    for control in &catalogue.control {
        let missing = control
            .code
            .iter()
            .filter(|path| !root().join(path).exists());
        let unknown = control.settings.iter().filter(|key| !is_setting(key));
        wrong.extend(
            missing
                .chain(unknown)
                .map(|name| format!("{}: {name}", control.id)),
        );
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn what_takes_a_control_out_fits_the_source_and_turns_a_test_red() {
    let mut wrong = Vec::new();
    for control in Catalogue::read().control {
        for change in &control.take_out {
            for (file, find, replace) in change.places() {
                let text = fs::read_to_string(root().join(file)).unwrap_or_default();
                let places = text.matches(find).count();
                if places != 1 || find == replace || change.red.is_empty() {
                    let line = find.lines().next().unwrap_or_default();
                    let fault = format!("`{line}` stands {places} times in {file}");
                    wrong.push(format!("{}: {fault}", control.id));
                }
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}
