//! What `docs/controls.toml` says about taking controls out.

use std::{fs, path::Path};

use aws_lc_rs::digest::{Context, SHA256};
use serde::Deserialize;

/// The catalogue of controls; what is not about take-outs is passed over.
#[derive(Debug, Deserialize)]
pub struct Catalogue {
    pub control: Vec<Control>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Control {
    pub id: String,
    pub title: String,
    #[serde(default)]
    pub attacks: Vec<String>,
    #[serde(default)]
    pub take_out: Vec<TakeOut>,
}

/// A change that takes a control out, and the tests that turn red.
#[derive(Debug, Clone, Deserialize)]
pub struct TakeOut {
    #[serde(flatten)]
    pub change: Change,
    /// More places that it takes.
    #[serde(default)]
    pub also: Vec<Change>,
    pub red: Vec<String>,
}

/// A text that stands once in a file, and what comes in its place.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Change {
    pub file: String,
    pub find: String,
    pub replace: String,
}

impl Catalogue {
    pub fn read(root: &Path) -> Result<Self, String> {
        let file = root.join("docs/controls.toml");
        let text = fs::read_to_string(&file);
        let text = text.map_err(|error| format!("{}: {error}", file.display()))?;
        toml::from_str(&text).map_err(|error| error.to_string())
    }

    /// Every change, once: two controls may share one.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        self.changes_of(|_| true)
    }

    /// The same of the controls that hold off attacks: what the weak build is made of. Others would make an attack
    /// succeed for a reason that is not its own.
    #[must_use]
    pub fn weakening(&self) -> Vec<Change> {
        self.changes_of(|control| !control.attacks.is_empty())
    }

    fn changes_of(&self, picked: impl Fn(&Control) -> bool) -> Vec<Change> {
        let mut changes = Vec::new();
        let controls = self.control.iter().filter(|control| picked(control));
        for change in controls.flat_map(Control::changes) {
            if !changes.contains(&change) {
                changes.push(change);
            }
        }
        changes
    }
}

impl Control {
    /// What takes it out, all of it.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        let mut changes: Vec<Change> = Vec::new();
        for one in &self.take_out {
            for change in [&one.change].into_iter().chain(&one.also) {
                if !changes.contains(change) {
                    changes.push(change.clone());
                }
            }
        }
        changes
    }

    /// The tests that turn red then.
    #[must_use]
    pub fn red(&self) -> Vec<String> {
        let mut red: Vec<String> = Vec::new();
        for name in self.take_out.iter().flat_map(|one| &one.red) {
            if !red.contains(name) {
                red.push(name.clone());
            }
        }
        red
    }

    /// Names its changes, the files that they change and its red tests: with the same fingerprint, a run would be
    /// the same.
    #[must_use]
    pub fn fingerprint(&self, root: &Path) -> String {
        let mut context = Context::new(&SHA256);
        for Change {
            file,
            find,
            replace,
        } in self.changes()
        {
            let text = fs::read(root.join(&file)).unwrap_or_default();
            for part in [file.as_bytes(), find.as_bytes(), replace.as_bytes(), &text] {
                context.update(&part.len().to_be_bytes());
                context.update(part);
            }
        }
        for name in self.red() {
            context.update(name.as_bytes());
        }
        let digest = context.finish();
        crate::hex(digest.as_ref().get(..6).unwrap_or_default())
    }
}
