//! `docs/configuration.md` is made of what the program itself uses: the defaults with their comments, the
//! profiles, the rules. A page beside them that is written by hand is wrong after the second change.
//!
//! Controls: CF-01, CF-02
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, env, fmt::Write, fs, path::Path};

use platform::config::{self, Check, Profile, Rule};

const MADE_BY: &str = "UPDATE=1 cargo test --package platform --test configuration";

/// A table of the defaults.
#[derive(Default)]
struct Section {
    table: String,
    groups: Vec<Group>,
}

/// A comment, and the settings under it with their values.
#[derive(Default)]
struct Group {
    comment: Vec<String>,
    settings: Vec<(String, String)>,
}

fn read(name: &str) -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    fs::read_to_string(directory.join(name)).unwrap()
}

/// The defaults as they are written: tables in their order, and what stands above each of them and above each
/// setting.
fn sections(text: &str) -> Vec<Section> {
    let mut sections = vec![Section::default()];
    let mut comment = Vec::new();
    for line in text.lines() {
        let section = sections.last_mut().unwrap();
        if let Some(words) = line.strip_prefix('#') {
            comment.push(words.strip_prefix(' ').unwrap_or(words).to_owned());
        } else if let Some(table) = line.strip_prefix('[') {
            let table = table.trim_end_matches(']').to_owned();
            let comment = std::mem::take(&mut comment);
            let groups = vec![Group {
                comment,
                ..Group::default()
            }];
            sections.push(Section { table, groups });
        } else if let Some((name, value)) = line.split_once(" = ") {
            let key = format!("{}.{name}", section.table);
            let setting = (key.trim_start_matches('.').to_owned(), value.to_owned());
            if !comment.is_empty() || section.groups.is_empty() {
                let comment = std::mem::take(&mut comment);
                section.groups.push(Group {
                    comment,
                    ..Group::default()
                });
            }
            section.groups.last_mut().unwrap().settings.push(setting);
        } else if !comment.is_empty() {
            comment.push(String::new());
        }
    }
    sections
}

/// The settings of a profile that differ from the defaults.
fn profile(name: &str) -> BTreeMap<String, String> {
    let sections = sections(&read(&format!("{name}.toml"))).into_iter();
    let groups = sections.flat_map(|section| section.groups);
    groups.flat_map(|group| group.settings).collect()
}

/// A comment as paragraphs; its indented lines as a block of TOML.
fn paragraphs(comment: &[String]) -> String {
    let mut text = String::new();
    let mut in_block = false;
    for line in comment {
        let is_code = line.starts_with("  ");
        if is_code != in_block {
            text += if is_code { "\n```toml\n" } else { "```\n\n" };
            in_block = is_code;
        }
        match line.strip_prefix("  ") {
            Some(code) => text += code,
            None => text += &line.replace('<', "\\<"),
        }
        text.push('\n');
    }
    if in_block {
        text += "```\n";
    }
    text
}

/// The rules of a setting, of its members, and of the tables of a list, a line each.
fn rules_of(key: &str) -> String {
    let mut lines = String::new();
    for rule in config::rules() {
        let Some(rest) = rule.key.strip_prefix(key) else {
            continue;
        };
        let rest = rest.trim_start_matches("[]");
        let member = match rest.strip_prefix('.') {
            Some(member) => format!("`{member}`: "),
            None if rest.is_empty() => String::new(),
            None => continue,
        };
        writeln!(lines, "  - {}{member}{}", when(rule), words(rule)).unwrap();
    }
    lines
}

fn when(rule: &Rule) -> &'static str {
    match rule.profile {
        None => "",
        Some(Profile::Dev) => "in dev: ",
        Some(Profile::Production) => "in production: ",
    }
}

fn words(rule: &Rule) -> String {
    match rule.check {
        Check::Integer { .. } | Check::Decimal { .. } => {
            rule.fix().trim_start_matches("choose ").to_owned()
        }
        _ => rule.fix(),
    }
}

fn page() -> String {
    let mut page = format!(
        "# Configuration\n\n<!-- Made by `{MADE_BY}`. -->\n\nMade of the platform's defaults, profiles and \
         rules. Under a setting stands what `check-config` says of a value that breaks one of its rules, or from \
         where to where its value may go.\n\n"
    );
    for section in sections(&read("default.toml")) {
        page += &heading(&section.table);
        for Group { comment, settings } in &section.groups {
            page += &paragraphs(comment);
            page.push('\n');
            for (key, value) in settings {
                let elsewhere = elsewhere(key, value);
                writeln!(page, "- `{key}` = `{value}`{elsewhere}").unwrap();
                page += &rules_of(key);
            }
            page.push('\n');
        }
        for rule in config::rules().filter(|rule| rule.key == section.table) {
            writeln!(page, "- `{}`: {}{}", rule.key, when(rule), words(rule)).unwrap();
        }
    }
    while page.contains("\n\n\n") {
        page = page.replace("\n\n\n", "\n\n");
    }
    page.trim_end().to_owned() + "\n"
}

fn heading(table: &str) -> String {
    let level = if table.contains('.') { "###" } else { "##" };
    if table.is_empty() {
        return String::new();
    }
    format!("\n{level} `{table}`\n\n")
}

/// What a setting is in a profile that has another default.
fn elsewhere(key: &str, value: &str) -> String {
    let mut text = String::new();
    for name in ["dev", "production"] {
        if let Some(own) = profile(name).get(key).filter(|own| *own != value) {
            write!(text, ", in {name} `{own}`").unwrap();
        }
    }
    text
}

#[test]
fn the_page_of_the_configuration_says_every_setting_with_its_default_and_its_rules() {
    let page = page();
    for key in config::keys() {
        // A member of an inline table is in the value of its setting.
        let setting = key.rsplit_once('.').map_or("", |(setting, _)| setting);
        let is_said = |key: &str| page.contains(&format!("- `{key}` = "));
        assert!(is_said(&key) || is_said(setting), "{key}");
    }
    for rule in config::rules() {
        assert!(page.contains(&words(rule)), "{}: {}", rule.key, words(rule));
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    if env::var_os("UPDATE").is_some() {
        fs::write(&file, &page).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == page, "docs/configuration.md is old: {MADE_BY}");
}
