//! The source files of the platform, and what each one takes from the others.
//!
//! Paths are read from the text: `use` trees and inline paths that begin with `crate`, `super`, `self` or
//! a child module. A name that a module only passes on (`pub use`) counts for the file that defines it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// A source file: its path below `src`, and its code without comments and unit tests.
pub struct Source {
    pub path: String,
    pub code: String,
    /// `["http", "listener", "gate"]`.
    module: Vec<String>,
}

/// Files below a directory, without those of others that npm puts there.
pub fn paths(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with("node_modules"))
        .flat_map(|path| {
            if path.is_dir() {
                paths(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// All of them, `lib.rs` and files of unit tests left out.
pub fn files() -> Vec<Source> {
    let root = root();
    let mut all = paths(&root);
    // A twin (`cargo-generate.toml`) is no source.
    all.retain(|path| path.extension().is_some_and(|ending| ending == "rs"));
    assert!(all.len() > 100, "{} files", all.len());
    let mut files: Vec<Source> = all
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let path = path.strip_prefix(&root).unwrap().to_str().unwrap();
            Source::of(path, &text)
        })
        .filter(|file| file.path != "lib.rs" && !file.path.ends_with("tests.rs"))
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

impl Source {
    pub fn of(path: &str, text: &str) -> Self {
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let code: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        let module = path.trim_end_matches(".rs").trim_end_matches("/mod");
        Self {
            path: path.to_owned(),
            code: code.join("\n"),
            module: module.split('/').map(str::to_owned).collect(),
        }
    }

    fn children(&self) -> BTreeSet<&str> {
        let lines = self.code.lines().map(str::trim);
        lines
            .filter_map(|line| {
                let (_, name) = line.strip_suffix(';')?.rsplit_once("mod ")?;
                Some(name)
            })
            .collect()
    }

    /// Every path in the code, from the crate's root on. `passed_on`: those of `pub use`, or the others.
    fn names(&self, passed_on: bool) -> Vec<Vec<String>> {
        let children = self.children();
        let mut found = Vec::new();
        for (at, _) in self.code.match_indices("::") {
            let before = &self.code[..at];
            let start = before
                .rfind(|c: char| !c.is_alphanumeric() && c != '_')
                .map_or(0, |at| at + 1);
            let first = &before[start..];
            let begins = !before[..start].ends_with("::");
            if !begins || !(["crate", "super", "self"].contains(&first) || children.contains(first))
            {
                continue;
            }
            let statement = before[..start].rsplit([';', '}']).next().unwrap();
            let is_passed_on =
                statement.trim_start().starts_with("pub") && statement.trim_end().ends_with("use");
            if is_passed_on == passed_on {
                tree(&self.code[start..], &mut Vec::new(), &mut found);
            }
        }
        found.into_iter().map(|path| self.absolute(path)).collect()
    }

    fn absolute(&self, path: Vec<String>) -> Vec<String> {
        let mut base = match path[0].as_str() {
            "crate" => Vec::new(),
            _ => self.module.clone(),
        };
        for segment in path {
            match segment.as_str() {
                "crate" | "self" => {}
                "super" => drop(base.pop()),
                _ => base.push(segment),
            }
        }
        base
    }
}

/// Reads one `use` tree, or one path in code, which is a tree with one branch. The text behind it.
fn tree<'t>(text: &'t str, prefix: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> &'t str {
    let text = text.trim_start();
    let depth = prefix.len();
    if let Some(list) = text.strip_prefix('{') {
        let mut rest = list.trim_start();
        while !rest.is_empty() && !rest.starts_with('}') {
            let behind = tree(rest, prefix, found).trim_start();
            rest = behind.strip_prefix(',').unwrap_or(behind).trim_start();
            if rest == behind && !rest.starts_with('}') {
                break;
            }
        }
        return rest.strip_prefix('}').unwrap_or(rest);
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    let (segment, behind) = text.split_at(end.unwrap_or(text.len()));
    if !segment.is_empty() {
        prefix.push(segment.to_owned());
    }
    let rest = match behind.strip_prefix("::") {
        Some(more) if !segment.is_empty() => tree(more, prefix, found),
        _ => {
            found.push(prefix.clone());
            behind
        }
    };
    prefix.truncate(depth);
    rest
}

/// File → the files that it takes names from.
pub fn arrows(files: &[Source]) -> BTreeMap<String, BTreeSet<String>> {
    let modules: BTreeMap<&[String], &str> = files
        .iter()
        .map(|file| (&file.module[..], file.path.as_str()))
        .collect();
    let passed_on: BTreeMap<Vec<String>, Vec<String>> = files
        .iter()
        .flat_map(|file| {
            file.names(true).into_iter().map(|target| {
                let mut name = file.module.clone();
                name.extend(target.last().cloned());
                (name, target)
            })
        })
        .collect();
    let defined_in = |path: &[String]| {
        let mut path = path.to_vec();
        // The shortest beginning that is passed on stands for the path it is passed on from.
        while let Some((length, target)) = (1..=path.len())
            .find_map(|length| Some((length, passed_on.get(&path[..length])?)))
            .filter(|(length, target)| !target.starts_with(&path[..*length]))
        {
            path = [target, &path[length..]].concat();
        }
        (1..=path.len())
            .rev()
            .find_map(|length| modules.get(&path[..length]).copied())
    };
    files
        .iter()
        .map(|file| {
            let names = file.names(false);
            let uses = names.iter().filter_map(|path| defined_in(path));
            let others = uses.filter(|path| *path != file.path).map(str::to_owned);
            (file.path.clone(), others.collect())
        })
        .collect()
}

/// The arrows from whose end a way leads back to their beginning.
pub fn circles(arrows: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let leads = |from: &String, goal: &String| {
        let (mut seen, mut ways) = (BTreeSet::new(), vec![from]);
        while let Some(at) = ways.pop() {
            if at == goal {
                return true;
            }
            if seen.insert(at) {
                ways.extend(arrows.get(at).into_iter().flatten());
            }
        }
        false
    };
    let all = arrows
        .iter()
        .flat_map(|(from, to)| to.iter().map(move |to| (from, to)));
    all.filter(|(from, to)| leads(to, from))
        .map(|(from, to)| format!("{from} -> {to}"))
        .collect()
}
