//! What an attack is, and what comes of it.

use crate::stage::Stage;

/// The attacks on one recommendation.
pub struct Group {
    /// `A1` to `A12` and `B1` to `B8`, as `docs/controls.md` numbers them.
    pub recommendation: &'static str,
    pub title: &'static str,
    pub attacks: &'static [Attack],
}

/// One attack: a row of a table.
pub struct Attack {
    /// In kebab case; a control of `docs/controls.toml` names it.
    pub name: &'static str,
    /// The control that holds against it.
    pub control: &'static str,
    /// What the attacker wants, in one sentence.
    pub wants: &'static str,
    play: Play,
}

/// Plays an attack. An error says what the attack cannot do without.
type Play = fn(&mut Stage) -> Result<Verdict, Missing>;

/// Why an attack cannot be played on this service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing(pub String);

/// What came of an attack, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The attacker did not get it.
    Held(String),
    /// The attacker got it.
    Broken(String),
    /// It was not played, and counts for neither side.
    NotApplicable(String),
}

impl Verdict {
    /// Held where this is so; each side has its own words.
    #[must_use]
    pub fn held_if(so: bool, held: &str, broken: &str) -> Self {
        if so {
            Self::Held(held.to_owned())
        } else {
            Self::Broken(broken.to_owned())
        }
    }

    /// The first of these that is not held, or the last one.
    #[must_use]
    pub fn all(verdicts: impl IntoIterator<Item = Self>) -> Self {
        let mut last = Self::NotApplicable("nothing was sent".to_owned());
        for verdict in verdicts {
            last = verdict;
            if !matches!(last, Self::Held(_)) {
                break;
            }
        }
        last
    }

    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Held(reason) | Self::Broken(reason) | Self::NotApplicable(reason) => reason,
        }
    }
}

impl Attack {
    pub(crate) const fn new(
        name: &'static str,
        control: &'static str,
        wants: &'static str,
        play: Play,
    ) -> Self {
        Self {
            name,
            control,
            wants,
            play,
        }
    }

    pub(crate) fn play(&self, stage: &mut Stage) -> Verdict {
        (self.play)(stage).unwrap_or_else(|Missing(what)| Verdict::NotApplicable(what))
    }
}
