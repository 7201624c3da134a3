//! A copy of the tree in which controls are taken out. It stands under `target/weak` and has a target directory of
//! its own, so that nothing weak is ever where a build of the real tree would find it.

#![expect(
    clippy::disallowed_methods,
    reason = "a copy of the tree is built by cargo and listed by git"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use super::Change;

/// The copy.
pub struct Tree {
    root: PathBuf,
    copy: PathBuf,
    build: PathBuf,
}

impl Tree {
    /// Copies what git knows of the tree at `root`. A file that is the same already is left alone, so that cargo
    /// builds what has changed; one that the tree no longer has is removed.
    pub fn copy(root: &Path) -> Result<Self, String> {
        let weak = root.join("target/weak");
        let tree = Self {
            root: root.to_owned(),
            copy: weak.join("tree"),
            build: weak.join("build"),
        };
        let listed = Command::new("git")
            .args(["ls-files", "-z"])
            .current_dir(root)
            .output()
            .map_err(|error| format!("git: {error}"))?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let mut files = BTreeSet::new();
        for file in listed.split('\0').filter(|file| !file.is_empty()) {
            if let Ok(text) = fs::read(root.join(file)) {
                tree.write(file, &text)?;
                files.insert(tree.copy.join(file));
            }
        }
        remove_others(&tree.copy, &files).map_err(|error| error.to_string())?;
        Ok(tree)
    }

    /// Lays these changes over the tree, and nothing else: what an earlier run has changed is as it was.
    pub fn change(&self, changes: &[Change], all: &[Change]) -> Result<(), String> {
        let files: BTreeSet<&String> = all.iter().map(|change| &change.file).collect();
        let mut texts = BTreeMap::new();
        for file in files {
            let text = fs::read_to_string(self.root.join(file));
            texts.insert(file, text.map_err(|error| format!("{file}: {error}"))?);
        }
        for change in changes {
            let text = texts.get_mut(&change.file).ok_or("a file of no control")?;
            if text.matches(&change.find).count() != 1 {
                let line = change.find.lines().next().unwrap_or_default();
                return Err(format!("{}: does not have once: {line}", change.file));
            }
            *text = text.replace(&change.find, &change.replace);
        }
        texts
            .into_iter()
            .try_for_each(|(file, text)| self.write(file, text.as_bytes()))
    }

    fn write(&self, file: &str, text: &[u8]) -> Result<(), String> {
        let path = self.copy.join(file);
        if fs::read(&path).is_ok_and(|there| there == text) {
            return Ok(());
        }
        let said = |error: std::io::Error| format!("{}: {error}", path.display());
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory).map_err(said)?;
        }
        fs::write(&path, text).map_err(said)
    }

    /// Runs cargo in the copy.
    pub fn cargo(&self, arguments: &[&str]) -> Result<Output, String> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Command::new(cargo)
            .args(arguments)
            .current_dir(&self.copy)
            .env("CARGO_TARGET_DIR", &self.build)
            .output()
            .map_err(|error| format!("cargo: {error}"))
    }

    /// The fixture's program, built.
    pub fn program(&self) -> Result<PathBuf, String> {
        let built = self.cargo(&["build", "--locked", "--quiet", "--package", "fixture"])?;
        if !built.status.success() {
            return Err(String::from_utf8_lossy(&built.stderr).into_owned());
        }
        Ok(self.build.join("debug/fixture"))
    }

    /// Runs this test alone, `package binary name`: whether it failed. An error is a tree that does not build.
    pub fn turns_red(&self, test: &str) -> Result<bool, String> {
        let mut words = test.splitn(3, ' ');
        let mut word = || {
            words
                .next()
                .ok_or_else(|| format!("{test}: no name of a test"))
        };
        let (package, binary, name) = (word()?, word()?, word()?);
        // The catalogue calls the package at the top `service`, whatever its name is.
        let top = self.cargo(&["pkgid"])?;
        let top = String::from_utf8_lossy(&top.stdout);
        let package = if package == "service" {
            top.trim()
        } else {
            package
        };
        let mut arguments = vec!["test", "--locked", "--quiet", "--package", package];
        if binary == "lib" {
            arguments.push("--lib");
        } else {
            arguments.extend(["--test", binary]);
        }
        let built = self.cargo(&[&arguments[..], &["--no-run"]].concat())?;
        if !built.status.success() {
            return Err(String::from_utf8_lossy(&built.stderr).into_owned());
        }
        let ran = self.cargo(&[&arguments[..], &["--", "--exact", name]].concat())?;
        let printed = String::from_utf8_lossy(&ran.stdout);
        if !printed.contains("running 1 test") {
            return Err(format!("{test}: no test has this name"));
        }
        Ok(!ran.status.success())
    }
}

/// Removes each file below `directory` that is none of `files`.
fn remove_others(directory: &Path, files: &BTreeSet<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(&path, files)?;
        } else if !files.contains(&path) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_tree_no_longer_has_is_removed_from_the_copy() {
        let copy = tempfile::tempdir().unwrap();
        let [kept, gone] =
            ["tests/kept.rs", "tests/gone/main.rs"].map(|file| copy.path().join(file));
        for file in [&kept, &gone] {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        remove_others(copy.path(), &BTreeSet::from([kept.clone()])).unwrap();
        assert!(kept.exists() && !gone.exists());
    }
}
