//! What the attacks get from the weak build: `docs/weak-build.md`. An attack that the weak build holds off proves
//! nothing about the real one.

use std::fmt::Write as _;

use crate::{Played, Verdict};

/// Whether the attack succeeded.
#[must_use]
pub fn succeeds(played: &Played) -> bool {
    matches!(played.verdict, Verdict::Broken(_))
}

/// The page.
#[must_use]
pub fn page(played: &[Played]) -> String {
    let succeeded = played.iter().filter(|one| succeeds(one)).count();
    let mut text = format!(
        "# The weak build under attack\n\n\
         <!-- Written by `just attack-weak` -->\n\n\
         {succeeded} of {} attacks succeed where every take-out of docs/controls.toml is applied to a copy of the tree. \
         On the real\nbuild none of them does ([attacks](attacks.md)).\n\n\
         | attack | control | what the weak build did |\n|---|---|---|\n",
        played.len()
    );
    for one in played {
        let (name, control) = (one.attack.name, one.attack.control);
        writeln!(
            text,
            "| {name} | {control} | {} |",
            cell(one.verdict.reason())
        )
        .ok();
    }
    text
}

/// Text as a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
        .replace(['\n', '\r'], " ")
        .replace('<', "&lt;")
}
