//! The verdicts as a table in a terminal.

use std::fmt::Write as _;

use crate::{GROUPS, Played, Verdict};

/// How many of each verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub held: usize,
    pub broken: usize,
    pub not_applicable: usize,
}

impl Counts {
    #[must_use]
    pub fn of<'p>(played: impl IntoIterator<Item = &'p Played>) -> Self {
        let mut counts = Self::default();
        for one in played {
            match one.verdict {
                Verdict::Held(_) => counts.held += 1,
                Verdict::Broken(_) => counts.broken += 1,
                Verdict::NotApplicable(_) => counts.not_applicable += 1,
            }
        }
        counts
    }
}

/// One line about an attack that is over.
#[must_use]
pub fn line(played: &Played, colours: bool) -> String {
    let (word, colour) = match played.verdict {
        Verdict::Held(_) => ("held  ", "32"),
        Verdict::Broken(_) => ("BROKEN", "1;31"),
        Verdict::NotApplicable(_) => ("n/a   ", "33"),
    };
    let word = if colours {
        format!("\u{1b}[{colour}m{word}\u{1b}[0m")
    } else {
        word.to_owned()
    };
    let (recommendation, name) = (played.group.recommendation, played.attack.name);
    format!(
        "{word}  {recommendation:<3}  {:<5}  {name:<38}  {}",
        played.attack.control,
        plain(played.verdict.reason())
    )
}

/// The counts, a row a group.
#[must_use]
pub fn table(played: &[Played]) -> String {
    let mut text = format!(
        "\n{:<4} {:<46} {:>5} {:>7} {:>5}\n",
        "", "", "held", "BROKEN", "n/a"
    );
    let mut row = |name: &str, title: &str, counts: Counts| {
        let Counts {
            held,
            broken,
            not_applicable,
        } = counts;
        writeln!(
            text,
            "{name:<4} {title:<46} {held:>5} {broken:>7} {not_applicable:>5}"
        )
        .ok();
    };
    for group in GROUPS {
        let of_group = played.iter().filter(|one| std::ptr::eq(one.group, group));
        row(group.recommendation, group.title, Counts::of(of_group));
    }
    row("", "all", Counts::of(played));
    text
}

/// Text that a terminal shows and does not obey.
fn plain(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}
