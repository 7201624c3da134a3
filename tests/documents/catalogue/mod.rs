//! The catalogue, `docs/controls.toml`, as the tests read it. It is the only list of controls: pages are
//! made of it, and a proof that it names and nobody wrote fails here.
//!
//! Controls: SU-08

mod asvs;
pub mod page;
mod proofs;
pub mod source;
pub mod take_out;

use std::fs;

use serde::Deserialize;

use super::root;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    recommendation: Vec<Recommendation>,
    family: Vec<Family>,
    pub control: Vec<Control>,
}

/// One of the twenty; `docs/book/README.md` has their sources.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recommendation {
    id: String,
    title: String,
    how: String,
    code: Vec<String>,
    tests: Vec<String>,
    page: String,
}

/// The two letters that the ids of related controls begin with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    id: String,
    title: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    pub id: String,
    priority: Priority,
    title: String,
    recommendation: Option<String>,
    #[serde(default)]
    also: Vec<String>,
    behaviour: String,
    #[serde(default)]
    sources: Vec<String>,
    #[serde(default)]
    code: Vec<String>,
    #[serde(default)]
    tests: Vec<String>,
    #[serde(default)]
    settings: Vec<String>,
    #[serde(default)]
    attacks: Vec<String>,
    status: Status,
    reason: Option<String>,
    #[serde(default)]
    take_out: Vec<TakeOut>,
}

#[derive(Deserialize, Clone, Copy, Debug)]
#[serde(rename_all = "UPPERCASE")]
enum Priority {
    Must,
    Should,
    Moon,
}

#[derive(Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Status {
    Met,
    Partly,
    Accepted,
}

/// A change that takes the control out, and the tests that fail then.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TakeOut {
    file: String,
    find: String,
    replace: String,
    red: Vec<String>,
    /// More places that it takes.
    #[serde(default)]
    also: Vec<Change>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    file: String,
    find: String,
    replace: String,
}

impl TakeOut {
    /// Every place: file, text, and what comes in its place.
    fn places(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let also = self.also.iter();
        let also = also.map(|one| (&*one.file, &*one.find, &*one.replace));
        std::iter::once((&*self.file, &*self.find, &*self.replace)).chain(also)
    }
}

impl Control {
    /// The recommendations that it answers, the first one first.
    fn recommendations(&self) -> impl Iterator<Item = &String> {
        self.recommendation.iter().chain(&self.also)
    }

    const fn is_met(&self) -> bool {
        matches!(self.status, Status::Met)
    }

    /// Whether some of it is there, so that it answers a threat.
    pub const fn is_built(&self) -> bool {
        !matches!(self.status, Status::Accepted)
    }

    pub const fn must_be(&self) -> bool {
        matches!(self.priority, Priority::Must)
    }
}

impl Catalogue {
    pub fn read() -> Self {
        let text = fs::read_to_string(root().join("docs/controls.toml")).unwrap();
        toml::from_str(&text).unwrap()
    }

    /// The pages of the book, one a recommendation.
    pub fn pages(&self) -> impl Iterator<Item = &str> {
        self.recommendation.iter().map(|one| one.page.as_str())
    }

    fn answers(&self, recommendation: &str) -> impl Iterator<Item = &Control> {
        let answers = move |control: &&Control| {
            let mut all = control.recommendations();
            all.any(|id| id == recommendation)
        };
        self.control.iter().filter(answers)
    }
}
