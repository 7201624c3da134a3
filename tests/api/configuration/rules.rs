//! Every rule of the table is broken by its example, and `check-config` says so. A rule that no
//! example breaks could be taken out, and nobody would see it.

use std::collections::BTreeSet;

use app::config::{self, Check, Profile, Rule, Sources};

use super::{Production, said};
use crate::harness::Process;

/// Configurations that break a rule, as TOML.
fn breaking(rule: &Rule, production: &Production) -> Vec<String> {
    match &rule.check {
        Check::Integer { from, to, .. } => {
            let less = from.checked_sub(1).map(|less| less.to_string());
            let values = less.into_iter().chain([(to + 1).to_string()]);
            values
                .map(|value| format!("{} = {value}", rule.key))
                .collect()
        }
        Check::Decimal { from, to, .. } => [from / 2.0, to * 2.0]
            .map(|value| format!("{} = {value:?}", rule.key))
            .to_vec(),
        Check::Whole { example, .. } | Check::Each { example, .. } => vec![(*example).to_owned()],
        Check::Issuer { example, .. } => vec![production.issuer_table(example)],
    }
}

/// Configurations at the bounds of a rule.
fn keeping(rule: &Rule) -> Vec<String> {
    let (from, to) = match &rule.check {
        Check::Integer { from, to, .. } => (from.to_string(), to.to_string()),
        Check::Decimal { from, to, .. } => (format!("{from:?}"), format!("{to:?}")),
        _ => return Vec::new(),
    };
    [from, to]
        .map(|value| format!("{} = {value}", rule.key))
        .to_vec()
}

fn line(rule: &Rule) -> String {
    format!("{}: {}", rule.key.replace("[]", "[0]"), rule.mend())
}

/// What `load` says in a profile.
fn found(profile: Profile, text: &str, production: &Production) -> Vec<String> {
    let base = match profile {
        Profile::Dev => String::new(),
        Profile::Production => production.text(),
    };
    let files = vec![
        production.file("base.toml", &base),
        production.file("more.toml", text),
    ];
    let sources = Sources {
        files,
        ..Sources::default()
    };
    let refused = config::load(&sources, &app::permissions::ACCESS.role_names())
        .err()
        .unwrap_or_default();
    refused.iter().map(ToString::to_string).collect()
}

#[test]
fn check_config_says_every_rule_that_an_example_breaks() {
    let production = Production::new();
    assert_eq!(found(Profile::Dev, "", &production), [""; 0]);
    assert_eq!(found(Profile::Production, "", &production), [""; 0]);
    let mut lines = BTreeSet::new();
    for rule in config::rules() {
        assert!(lines.insert(line(rule)), "two rules say {}", line(rule));
        for example in breaking(rule, &production) {
            let said = match rule.profile {
                Some(Profile::Production) => production.says(&["check-config"], &example),
                _ => in_dev(&example, &production),
            };
            let error = format!("error: {}\n", line(rule));
            assert!(
                said.starts_with("exit 1\n") && said.contains(&error),
                "{example}\nbreaks\n{error}but check-config says\n{said}"
            );
        }
    }
    assert!(lines.len() > 110, "{} rules", lines.len());
}

fn in_dev(text: &str, production: &Production) -> String {
    let file = production.file("dev.toml", text);
    let data_dir = production.files.path().join("dev");
    let arguments = ["--config", file.to_str().unwrap(), "check-config"];
    said(&Process::output(&data_dir, &arguments, &[]))
}

#[test]
fn a_rule_holds_in_its_profile_and_is_silent_in_the_other() {
    let production = Production::new();
    for rule in config::rules() {
        for profile in [Profile::Dev, Profile::Production] {
            let holds = rule.profile.is_none_or(|only| only == profile);
            for example in breaking(rule, &production) {
                let said = found(profile, &example, &production);
                assert_eq!(
                    said.contains(&line(rule)),
                    holds,
                    "{profile:?} {example}: {said:?}"
                );
            }
            for example in keeping(rule) {
                let said = found(profile, &example, &production);
                assert!(
                    !said.contains(&line(rule)),
                    "{profile:?} {example}: {said:?}"
                );
            }
        }
    }
}

/// The members of an issuer's table, as the parser knows them.
fn issuer_members(production: &Production) -> Vec<String> {
    let unknown = production.issuer_table("nonsense = 1");
    let said = found(Profile::Dev, &unknown, production).concat();
    let members = said.split('`').skip(1).step_by(2).skip(1);
    members.map(str::to_owned).collect()
}

#[test]
fn every_key_that_a_rule_names_exists() {
    let production = Production::new();
    let members = issuer_members(&production);
    assert!(members.len() > 15, "{members:?}");
    let lists = ["auth.issuers[]", "rate_limit.per_role[]"];
    let mut known = config::keys();
    known.extend(members.iter().map(|name| format!("{}.{name}", lists[0])));
    known.extend(["role", "per_second", "burst"].map(|name| format!("{}.{name}", lists[1])));
    let is_table = |key: &str| {
        known
            .iter()
            .any(|known| known.starts_with(&format!("{key}.")))
    };
    let is_leaf = |word: &str| {
        known
            .iter()
            .any(|known| known.ends_with(&format!(".{word}")))
    };
    for rule in config::rules() {
        let is_item = rule
            .key
            .strip_suffix("[]")
            .is_some_and(|list| known.contains(&list.to_owned()));
        let is_key = known.contains(&rule.key.to_owned());
        assert!(is_key || is_item || is_table(rule.key), "{}", rule.key);
        for word in rule
            .mend()
            .split(|c: char| !(c.is_ascii_lowercase() || "._0123456789".contains(c)))
        {
            let word = word.trim_matches('.');
            let is_setting = known.contains(&word.to_owned()) || is_leaf(word);
            let is_file_or_number = word == "jsonl" || word.starts_with(char::is_numeric);
            assert!(
                !word.contains(['.', '_']) || is_setting || is_file_or_number,
                "{}: names {word}, which is no setting",
                rule.key
            );
        }
    }
}

#[test]
fn default_toml_says_every_member_of_an_issuers_table() {
    let text = include_str!("../../../config/default.toml");
    for member in issuer_members(&Production::new()) {
        let said = text.lines().any(|line| {
            let line = line.trim_start_matches(['#', ' ']);
            line.strip_prefix(&member)
                .is_some_and(|rest| rest.trim_start().starts_with('='))
        });
        assert!(said, "{member}");
    }
}
