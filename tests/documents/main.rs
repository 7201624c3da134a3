//! What the documents name is there: links, headings, files, recipes, decisions. A page that sends
//! its reader to a file that has moved is believed less in everything else.
//!
//! Controls: DO-05
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod book;
mod catalogue;
mod controls;
#[path = "../../crates/platform/tests/architecture/svg.rs"]
mod svg;
mod threats;
mod tree;
mod typed;

use std::{collections::BTreeSet, fs, path::Path};

use tree::{root, tree};

/// Named by a page and made by a tool.
const MADE: [&str; 5] = [
    "docs/benchmark",
    "docs/load-report.md",
    "fuzz/artifacts",
    "load-report.md",
    "memory.svg",
];

/// The files whose names end in this, each with its text.
fn texts(tree: &BTreeSet<String>, ending: &str) -> Vec<(String, String)> {
    let files = tree.iter().filter(|path| path.ends_with(ending));
    files
        .map(|path| {
            let text = fs::read_to_string(root().join(path)).unwrap();
            (path.clone(), text)
        })
        .collect()
}

/// The text outside of blocks of code.
fn prose(text: &str) -> String {
    let blocks = text.split("\n```").step_by(2);
    blocks.collect::<Vec<_>>().join("\n")
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// `a/{b,c}.rs` as `a/b.rs` and `a/c.rs`.
fn spread(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else {
        return vec![path.to_owned()];
    };
    let (among, after) = rest.split_once('}').unwrap_or((rest, ""));
    let each = among.split(',').map(|one| format!("{before}{one}{after}"));
    each.collect()
}

/// Whether a word can only be a path of this repository: it begins in one of its directories, or is
/// the name of a page or a source file. Names with a placeholder are none.
fn is_path(word: &str, tree: &BTreeSet<String>) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/{},".contains(c);
    if !word.chars().all(plain) || word.contains("NNNN") {
        return false;
    }
    if let Some((first, rest)) = word.split_once('/') {
        return !rest.is_empty() && (first == "adr" || tree.contains(first));
    }
    let page = [".rs", ".md"].iter().any(|ending| word.ends_with(ending));
    page && word.len() > 3
}

/// Whether the repository has it: as a path from its root, a name alone, or a decision by its number.
fn is_there(path: &str, tree: &BTreeSet<String>) -> bool {
    let path = path.trim_end_matches('/');
    if path.contains("adr/0") {
        let path = path.trim_start_matches("docs/");
        let number = format!("docs/{path}-");
        return tree
            .iter()
            .any(|known| *known == format!("docs/{path}") || known.starts_with(&number));
    }
    if path.contains('/') {
        return tree.contains(path);
    }
    let tail = format!("/{path}");
    tree.iter()
        .any(|known| known == path || known.ends_with(&tail))
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let tree = tree();
    let (mut links, mut wrong) = (0, Vec::new());
    for (page, text) in texts(&tree, ".md") {
        for link in prose(&text).split("](").skip(1) {
            let target = link.split(')').next().unwrap();
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            links += 1;
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let here = root().join(&page);
            let there = match file {
                "" => here,
                _ => here.parent().unwrap().join(file),
            };
            let whole = heading.is_empty() || anchors(&there).contains(heading);
            if !there.exists() || !whole {
                wrong.push(format!("{page}: {target}"));
            }
        }
    }
    assert!(links > 30, "{links} links");
    assert_eq!(wrong, [""; 0]);
}

/// The anchors that a page has: its headings in small letters, with hyphens for spaces.
fn anchors(page: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(page).unwrap_or_default();
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title
                .chars()
                .filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
            kept.collect::<String>().replace(' ', "-")
        })
        .collect()
}

#[test]
fn every_file_that_a_page_names_is_there() {
    let tree = tree();
    let (mut named, mut wrong) = (0, Vec::new());
    for (page, text) in texts(&tree, ".md") {
        let text = prose(&text);
        let words = quoted(&text).filter(|word| is_path(word, &tree));
        for path in words.flat_map(spread) {
            named += 1;
            if !is_there(&path, &tree) && !MADE.contains(&path.as_str()) {
                wrong.push(format!("{page}: {path}"));
            }
        }
    }
    assert!(named > 100, "{named} names");
    assert_eq!(wrong, [""; 0]);
}

/// Comments too: the reader of a line follows them to the decision behind it.
#[test]
fn every_page_that_the_source_names_is_there() {
    let tree = tree();
    let (mut named, mut wrong) = (0, Vec::new());
    for ending in [".rs", ".toml", ".sql", "justfile"] {
        for (file, text) in texts(&tree, ending) {
            let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
            let words = text
                .split(|c| !plain(c))
                .map(|word| word.trim_end_matches('.'));
            for word in words.filter(|word| word.starts_with("docs/")) {
                named += 1;
                if !is_there(word, &tree) && !MADE.contains(&word) {
                    wrong.push(format!("{file}: {word}"));
                }
            }
        }
    }
    assert!(named > 20, "{named} names");
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn every_recipe_that_a_page_names_is_in_the_justfile() {
    let tree = tree();
    let justfiles = [texts(&tree, "justfile"), texts(&tree, ".just")].concat();
    let recipes: BTreeSet<&str> = justfiles
        .iter()
        .flat_map(|(_, text)| text.lines())
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| line.split([' ', ':']).next())
        .collect();
    let (mut named, mut wrong) = (0, Vec::new());
    for (page, text) in texts(&tree, ".md") {
        let text = text.replace('\n', " ");
        for word in quoted(&text).filter_map(|word| word.strip_prefix("just ")) {
            named += 1;
            let recipe = word.split(' ').next().unwrap();
            if !recipes.contains(recipe) {
                wrong.push(format!("{page}: just {recipe}"));
            }
        }
    }
    assert!(named > 15, "{named} recipes");
    assert_eq!(wrong, [""; 0]);
}

/// A code that a table has and no source says is one that never comes.
#[test]
fn every_code_of_a_table_is_one_that_the_service_says() {
    let pages = texts(&tree(), ".md");
    let tables = pages
        .iter()
        .filter_map(|(_, text)| text.split_once("| code | status | means |\n"));
    let rows = tables.flat_map(|(_, table)| {
        let lines = table.lines().skip(1);
        lines.take_while(|line| line.starts_with('|'))
    });
    let codes: Vec<&str> = rows.flat_map(|row| quoted(row).take(1)).collect();
    assert!(codes.len() > 20, "{codes:?}");
    let sources = texts(&tree(), ".rs");
    let said = |code: &&&str| {
        let literal = format!("\"{code}\"");
        let mut own = sources.iter().filter(|(path, _)| {
            let ours = ["src/", "crates/platform/src/", "crates/fixture/src/"];
            ours.iter().any(|storey| path.starts_with(storey))
        });
        own.any(|(_, text)| text.contains(&literal))
    };
    let unsaid: Vec<_> = codes.iter().filter(|code| !said(code)).collect();
    // The validator's own word.
    assert_eq!(unsaid, [&"range"]);
}

/// A `type` that a client reads leads to a section, and no section is about a problem that never comes.
#[test]
fn every_problem_has_a_section_and_every_section_a_problem() {
    let page = fs::read_to_string(root().join("docs/problems.md")).unwrap();
    let sections = page.lines().filter_map(|line| line.strip_prefix("## "));
    let sections: BTreeSet<&str> = sections.map(|title| title.trim_matches('`')).collect();
    let source =
        fs::read_to_string(root().join("crates/platform/src/http/problem/document.rs")).unwrap();
    let rows = source.lines().filter_map(|line| line.split_once("=> (\""));
    let slugs: BTreeSet<&str> = rows
        .map(|(_, row)| row.split('"').next().unwrap())
        .collect();
    assert!(slugs.len() > 20, "{slugs:?}");
    assert_eq!(slugs, sections);
}

/// The front page begins with `cargo run`. Cargo refuses it where two packages name a program.
#[test]
fn cargo_run_has_one_program_to_run() {
    let manifests = tree()
        .into_iter()
        .filter(|file| file == "Cargo.toml" || is_a_crate(file));
    let named: Vec<String> = manifests
        .filter(|file| {
            let text = fs::read_to_string(root().join(file)).unwrap();
            text.lines().any(|line| line.starts_with("default-run"))
        })
        .collect();
    assert_eq!(named, ["Cargo.toml"]);
}

fn is_a_crate(file: &str) -> bool {
    file.starts_with("crates/") && file.ends_with("/Cargo.toml")
}
