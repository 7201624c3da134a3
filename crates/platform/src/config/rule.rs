//! One rule of the configuration, as data: its key, the profile it holds in, and what breaks it.
//!
//! A rule that no test has broken may be a rule that never fires, and the insecure setting starts. So
//! a rule without an example that breaks it does not compile, and one test breaks every rule there is.

use std::collections::HashSet;

use super::{ConfigError, Issuer, Profile, Settings};

/// What a well-typed configuration must still keep.
pub struct Rule {
    /// The key that it is about, dotted. `[]` stands for the place in a list.
    pub key: &'static str,
    /// The one profile that it holds in; `None` is every profile.
    pub profile: Option<Profile>,
    pub check: Check,
    words: &'static str,
}

/// When a rule is broken.
pub enum Check {
    /// Outside these bounds, both included. The examples are the neighbours of the bounds.
    Integer {
        value: fn(&Settings) -> u64,
        from: u64,
        to: u64,
    },
    /// The same of a number with decimals.
    Decimal {
        value: fn(&Settings) -> f64,
        from: f64,
        to: f64,
    },
    /// When `broken` says so. The example is TOML.
    Whole {
        broken: fn(&Settings) -> bool,
        example: &'static str,
    },
    /// In the places of a list that `broken` names. The example is TOML and breaks the first place.
    Each {
        broken: fn(&Settings) -> Vec<usize>,
        example: &'static str,
    },
    /// For each issuer of which `broken` says so. The example is lines of an issuer's table.
    Issuer {
        broken: fn(&Issuer, &Settings) -> bool,
        example: &'static str,
    },
}

impl Rule {
    /// From `from` to `to`; `words` are the unit and the reason.
    pub(super) const fn integer(
        key: &'static str,
        value: fn(&Settings) -> u64,
        (from, to): (u64, u64),
        words: &'static str,
    ) -> Self {
        Self::new(key, Check::Integer { value, from, to }, words)
    }

    pub(super) const fn decimal(
        key: &'static str,
        value: fn(&Settings) -> f64,
        (from, to): (f64, f64),
        words: &'static str,
    ) -> Self {
        Self::new(key, Check::Decimal { value, from, to }, words)
    }

    pub(super) const fn whole(
        key: &'static str,
        broken: fn(&Settings) -> bool,
        words: &'static str,
        example: &'static str,
    ) -> Self {
        Self::new(key, Check::Whole { broken, example }, words)
    }

    pub(super) const fn each(
        key: &'static str,
        broken: fn(&Settings) -> Vec<usize>,
        words: &'static str,
        example: &'static str,
    ) -> Self {
        Self::new(key, Check::Each { broken, example }, words)
    }

    pub(super) const fn issuer(
        key: &'static str,
        broken: fn(&Issuer, &Settings) -> bool,
        words: &'static str,
        example: &'static str,
    ) -> Self {
        Self::new(key, Check::Issuer { broken, example }, words)
    }

    const fn new(key: &'static str, check: Check, words: &'static str) -> Self {
        Self {
            key,
            profile: None,
            check,
            words,
        }
    }

    /// The same rule in one profile only.
    pub(super) const fn only_in(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// What is said when it is broken: what to write instead, and why.
    #[must_use]
    pub fn fix(&self) -> String {
        let (from, to) = match &self.check {
            Check::Integer { from, to, .. } => (from.to_string(), to.to_string()),
            Check::Decimal { from, to, .. } => (from.to_string(), to.to_string()),
            _ => return self.words.to_owned(),
        };
        format!("choose {from} to {to} {}", self.words)
            .trim_end()
            .to_owned()
    }

    /// Every place where `settings` break it.
    pub(super) fn violations(&self, settings: &Settings) -> Vec<ConfigError> {
        let keys = match &self.check {
            _ if self.profile.is_some_and(|only| only != settings.profile) => Vec::new(),
            Check::Integer { value, from, to } => {
                self.once(!(from..=to).contains(&&value(settings)))
            }
            Check::Decimal { value, from, to } => {
                self.once(!(from..=to).contains(&&value(settings)))
            }
            Check::Whole { broken, .. } => self.once(broken(settings)),
            Check::Each { broken, .. } => self.at(&broken(settings)),
            Check::Issuer { broken, .. } => {
                self.at(&places(&settings.auth.issuers, |one| broken(one, settings)))
            }
        };
        let violation = |key| ConfigError {
            key,
            fix: self.fix(),
        };
        keys.into_iter().map(violation).collect()
    }

    fn at(&self, places: &[usize]) -> Vec<String> {
        let key = |place| self.key.replacen("[]", &format!("[{place}]"), 1);
        places.iter().map(key).collect()
    }

    fn once(&self, broken: bool) -> Vec<String> {
        if broken {
            vec![self.key.to_owned()]
        } else {
            Vec::new()
        }
    }
}

/// Whether one of these names stands there twice.
pub(super) fn has_twice<'a>(names: impl IntoIterator<Item = &'a String>) -> bool {
    let mut seen = HashSet::new();
    !names.into_iter().all(|name| seen.insert(name))
}

/// The places of a list whose item is broken.
pub(super) fn places<T>(list: &[T], broken: impl Fn(&T) -> bool) -> Vec<usize> {
    let items = list.iter().enumerate();
    items
        .filter_map(|(place, item)| broken(item).then_some(place))
        .collect()
}
