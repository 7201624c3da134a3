//! A file that has the project's name in it has a twin beside it, `X.liquid`, which a new service gets in its
//! place. A twin that lags behind its file makes services that do not build, or that lack what the file got.
//!
//! So a twin is either made from its file, where our values become placeholders, or it is a text of its own
//! whose sections are the file's wherever both have a heading.

use std::fs;

use super::{
    limiter,
    tree::{root, tree},
};

/// Our values, and the placeholder of each (`cargo-generate.toml`).
const VALUES: [(&str, &str); 4] = [
    // Before the name, which is in it.
    (
        concat!("the ", env!("CARGO_PKG_NAME"), " authors"),
        "{{licence_holder}}",
    ),
    (env!("CARGO_PKG_NAME"), "{{project-name}}"),
    (env!("CARGO_PKG_DESCRIPTION"), "{{description}}"),
    (
        "the maintainers, through this repository's security advisories",
        "{{security_contact}}",
    ),
];

/// The files whose twins are made from them.
const MADE: [&str; 13] = [
    "Cargo.lock",
    "Cargo.toml",
    "Dockerfile",
    "LICENSE-MIT",
    "SECURITY.md",
    "compose.yaml",
    "crates/fixture/Cargo.toml",
    "crates/platform/Cargo.toml",
    "crates/platform/src/http/middleware/address_quota/mod.rs",
    "deny.toml",
    "fuzz/Cargo.lock",
    "loadtests/Cargo.lock",
    "openapi/openapi.json",
];

/// The files whose twins are texts of their own. The first one only services have (`record.rs`).
const WRITTEN: [&str; 3] = [".template.toml", "CHANGELOG.md", "README.md"];

/// The lock lists packages by name, and a lock in another order is written anew by the next command. So the
/// template puts the service's own entry where its name belongs.
const PLACED: &str = r#"{% capture own %}
name = "{{project-name}}"OWN{% endcapture %}{% capture others %}OTHERS{% endcapture -%}
{% assign others = others | split: "[[package]]" %}{% assign placed = false -%}
{% for other in others %}{% if placed == false and own < other -%}
[[package]]{{own}}{% assign placed = true %}{% endif -%}
[[package]]{{other}}{% endfor %}{% if placed == false %}
[[package]]
{{own | strip}}
{% endif %}"#;

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

/// What the twin of a file must be.
fn made(file: &str) -> String {
    let text = read(file);
    assert!(!text.contains("{{") && !text.contains("{%"), "{file}");
    if file == "Cargo.lock" {
        return lock(&limiter::locked(file));
    }
    if file.ends_with("Cargo.lock") {
        return limiter::locked(file);
    }
    let text = VALUES.iter().fold(text, |text, (value, placeholder)| {
        text.replace(value, placeholder)
    });
    limiter::lines(&text)
}

fn lock(text: &str) -> String {
    const ENTRY: &str = "[[package]]";
    let (head, packages) = text.split_once(ENTRY).unwrap();
    let name = format!("\nname = \"{}\"", env!("CARGO_PKG_NAME"));
    let (own, others): (Vec<&str>, Vec<&str>) = packages
        .split(ENTRY)
        .partition(|package| package.starts_with(&format!("{name}\n")));
    let own = own.first().unwrap().strip_prefix(&name).unwrap();
    assert!(!own.contains("{%"), "{own}");
    let placed = PLACED
        .replace("OWN", own)
        .replace("OTHERS", &others.join(ENTRY));
    format!("{head}{placed}")
}

#[test]
fn a_twin_is_what_its_file_makes_of_it() {
    let mut wrong = Vec::new();
    for file in MADE {
        let twin = format!("{file}.liquid");
        let made = made(file);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(root().join(&twin), made).unwrap();
        } else if fs::read_to_string(root().join(&twin)).unwrap_or_default() != made {
            wrong.push(format!("{twin}: run UPDATE=1 cargo test --test template"));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

/// The sections of a page: each heading with its text.
fn sections(page: &str) -> Vec<(&str, &str)> {
    let sections = page.split("\n## ").skip(1);
    sections
        .map(|section| section.split_once('\n').unwrap())
        .collect()
}

#[test]
fn a_section_that_both_front_pages_have_is_the_same() {
    let page = read("README.md");
    // With everything that is there on a condition, as we have it.
    let twin = read("README.md.liquid");
    let twin = twin
        .split("{%")
        .map(|part| part.split_once("%}").map_or(part, |(_, text)| text));
    let twin: String = twin.collect();
    let (ours, theirs) = (sections(&page), sections(&twin));
    let both = theirs
        .iter()
        .filter(|(title, _)| ours.iter().any(|(known, _)| known == title));
    let both: Vec<_> = both.collect();
    assert!(both.len() >= 2, "{both:?}");
    for section in both {
        assert!(
            ours.contains(section),
            "README.md.liquid: the section `{}` differs",
            section.0
        );
    }
}

/// The texts of every list of this name in the settings.
fn lists(settings: &str, key: &str) -> Vec<String> {
    let opening = format!("\n{key} = [");
    let lists = settings.split(&opening).skip(1);
    let lists = lists.map(|list| list.split_once(']').unwrap().0);
    lists
        .flat_map(|list| list.split('"').skip(1).step_by(2))
        .map(ToOwned::to_owned)
        .collect()
}

#[test]
fn every_twin_is_included_and_every_file_left_out_is_there() {
    let tree = tree();
    let twins: Vec<&str> = tree
        .iter()
        .filter_map(|path| path.strip_suffix(".liquid"))
        .collect();
    let mut known = [MADE.as_slice(), WRITTEN.as_slice()].concat();
    known.sort_unstable();
    assert_eq!(twins, known);

    let settings = read("cargo-generate.toml");
    let rooted = known.iter().map(|path| format!("/{path}"));
    assert_eq!(lists(&settings, "include"), rooted.collect::<Vec<_>>());
    let mut ignored = lists(&settings, "ignore");
    ignored.retain(|path| !["data", "target"].contains(&path.as_str()) && !tree.contains(path));
    assert_eq!(ignored, [""; 0]);
}
