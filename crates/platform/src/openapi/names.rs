//! Names that are there once.
//!
//! In a map the second entry of a name overwrites the first, in silence: two slices with a value of
//! one name would then describe each other's, and a route that is registered twice would be described
//! as the router does not answer it. So there is no document then, and the error names both places.

use std::collections::{BTreeMap, btree_map::Entry};

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    #[error(
        "two {kind} have the name `{name}`: one of {first}, one of {second}; give one of them another"
    )]
    NamedTwice {
        kind: &'static str,
        name: String,
        first: String,
        second: String,
    },
    #[error("the document is no JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Entries of one kind by name, each with the place that it is from.
pub(super) struct Named<T> {
    kind: &'static str,
    entries: BTreeMap<String, (T, String)>,
}

impl<T: PartialEq> Named<T> {
    /// None of `kind`, which is a plural.
    pub fn none(kind: &'static str) -> Self {
        Self {
            kind,
            entries: BTreeMap::new(),
        }
    }

    /// The same entry may come from several places.
    ///
    /// # Errors
    /// When another entry has that name.
    pub fn insert(&mut self, name: String, entry: T, place: String) -> Result<(), DocumentError> {
        match self.entries.entry(name) {
            Entry::Vacant(free) => {
                free.insert((entry, place));
                Ok(())
            }
            Entry::Occupied(taken) if taken.get().0 == entry => Ok(()),
            Entry::Occupied(taken) => Err(DocumentError::NamedTwice {
                kind: self.kind,
                name: taken.key().clone(),
                first: taken.get().1.clone(),
                second: place,
            }),
        }
    }

    pub fn into_entries(self) -> impl Iterator<Item = (String, T)> {
        self.entries
            .into_iter()
            .map(|(name, (entry, _))| (name, entry))
    }
}
