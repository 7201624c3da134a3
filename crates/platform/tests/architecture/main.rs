//! The house is kept in order: arrows between rooms go one way, files have no circles, outside names stay
//! in their rooms, and every file is short and says what it is.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod habits;
mod picture;
mod source;
mod svg;
mod tables;

use std::collections::BTreeMap;

use source::{Source, arrows, circles, files};
use tables::{HTTP, NAMES, ROOMS, Table};

/// `http` of `http/problem/mod.rs` at the root, `problem` below `http/`.
fn room<'f>(below: &str, file: &'f str) -> Option<&'f str> {
    file.strip_prefix(below)?.split(['/', '.']).next()
}

/// Room → the rooms that its files really use, each with one of those files.
fn real(below: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut real: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (file, uses) in arrows(&files()) {
        let Some(from) = room(below, &file) else {
            continue;
        };
        let rooms = uses.iter().filter_map(|used| room(below, used));
        let others = rooms.filter(|to| *to != from && *to != "mod");
        real.entry(from.to_owned())
            .or_default()
            .extend(others.map(|to| (to.to_owned(), file.clone())));
    }
    real.remove("mod");
    real
}

fn holds(table: Table, below: &str) {
    let allowed: BTreeMap<_, _> = table.iter().copied().collect();
    let real = real(below);
    let mut wrong = Vec::new();
    for (from, uses) in &real {
        let Some(allowed) = allowed.get(from.as_str()) else {
            wrong.push(format!("add {below}{from} to the table"));
            continue;
        };
        for (to, file) in uses {
            if !allowed.contains(&to.as_str()) {
                wrong.push(format!("{file} uses {below}{to}"));
            }
        }
    }
    // An arrow that nobody needs is one that somebody will use.
    for (from, allowed) in table {
        for to in *allowed {
            if !real.get(*from).is_some_and(|real| real.contains_key(*to)) {
                wrong.push(format!("{below}{from} no longer uses {to}"));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
    let owned = |to: &&[&str]| to.iter().map(|to| (*to).to_owned()).collect();
    let table = table
        .iter()
        .map(|(from, to)| ((*from).to_owned(), owned(to)));
    assert_eq!(circles(&table.collect()), [""; 0]);
}

#[test]
fn arrows_between_rooms_go_one_way() {
    holds(ROOMS, "");
}

#[test]
fn arrows_between_the_rooms_of_http_go_one_way() {
    holds(HTTP, "http/");
}

#[test]
fn no_two_files_need_each_other() {
    assert_eq!(circles(&arrows(&files())), [""; 0]);
}

/// The two tests above read `use` lines by themselves: here is what they find in three files that need
/// each other, by a list in braces, a name that is passed on, and a path in the code.
#[test]
fn a_circle_of_files_is_found() {
    let files = [
        Source::of(
            "a.rs",
            "use std::fmt;\nuse crate::{b::{c::C, Other}, files};",
        ),
        Source::of("b/mod.rs", "mod c;\nmod d;\npub use d::D;\nstruct Other;"),
        Source::of("b/c.rs", "use super::D;\nstruct C;"),
        Source::of(
            "b/d.rs",
            "// use crate::files;\nfn d() { crate::a::run() }\nstruct D;",
        ),
        Source::of("files.rs", ""),
    ];
    assert_eq!(
        circles(&arrows(&files)),
        ["a.rs -> b/c.rs", "b/c.rs -> b/d.rs", "b/d.rs -> a.rs"]
    );
}

#[test]
fn outside_names_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    let files = files();
    for (name, allowed) in NAMES {
        let uses = |file: &&Source| file.code.contains(name);
        let named_in: Vec<_> = files.iter().filter(uses).map(|file| &file.path).collect();
        for file in &named_in {
            if !allowed.iter().any(|beginning| file.starts_with(beginning)) {
                wrong.push(format!("{file} names {name}"));
            }
        }
        // A permission that nobody needs is one that somebody will use.
        // A service has this library by choice (`rate_limiter` in `cargo-generate.toml`).
        if name == "actix_governor::" && named_in.is_empty() {
            continue;
        }
        for beginning in allowed {
            if !named_in.iter().any(|file| file.starts_with(beginning)) {
                wrong.push(format!("{beginning} no longer names {name}"));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}
