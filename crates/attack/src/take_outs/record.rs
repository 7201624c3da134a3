//! What was taken out, and which tests turned red: `docs/take-outs.md`. A row whose fingerprint is still that of the
//! control is not run again, so a night that was too short goes on the next night.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use super::Catalogue;

const FILE: &str = "docs/take-outs.md";

/// A control that was taken out alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    pub fingerprint: String,
    /// How many of its tests were run, and turned red.
    pub red: usize,
    pub of: usize,
}

/// The table, by the ids of controls.
#[derive(Debug, Default)]
pub struct Record(pub BTreeMap<String, Proof>);

impl Record {
    /// The committed one; nothing where there is none.
    #[must_use]
    pub fn read(root: &Path) -> Self {
        let text = fs::read_to_string(root.join(FILE)).unwrap_or_default();
        Self(text.lines().filter_map(row).collect())
    }

    /// Writes it. A control that has changed since, or was never run, is in no row.
    pub fn write(&self, root: &Path, catalogue: &Catalogue) -> Result<(), String> {
        let text = self.text(root, catalogue);
        fs::write(root.join(FILE), text).map_err(|error| format!("{FILE}: {error}"))
    }

    fn text(&self, root: &Path, catalogue: &Catalogue) -> String {
        let mut rows = String::new();
        let (mut red, mut all) = (0, 0);
        let mut open = Vec::new();
        let controls = catalogue.control.iter();
        for control in controls.filter(|control| !control.take_out.is_empty()) {
            all += 1;
            let proof = self.0.get(&control.id);
            match proof.filter(|proof| proof.fingerprint == control.fingerprint(root)) {
                Some(Proof {
                    fingerprint,
                    red: tests,
                    of,
                }) => {
                    red += usize::from(tests == of);
                    writeln!(
                        rows,
                        "| {} | {} | {} | {tests} of {of} | `{fingerprint}` |",
                        control.id,
                        control.title,
                        control.changes().len()
                    )
                    .ok();
                }
                None => open.push(control.id.as_str()),
            }
        }
        let open = match open.as_slice() {
            [] => "None is missing.".to_owned(),
            open => format!("Missing or out of date: {}.", open.join(", ")),
        };
        format!(
            "# Controls taken out\n\n\
             <!-- Written by `just take-outs` -->\n\n\
             {red} of {all} controls that the catalogue says how to take out were taken out, one at a time, in a copy \
             of the tree,\nand the tests that it names turned red. {open}\n\n\
             `just take-outs alone` tries the controls that are missing or out of date, `just take-outs alone HT-03` tries \
             that one,\n`--shard 0/4` is a quarter. A row is out of date when the control's change, a file that it \
             touches, or the names of its\ntests have changed since.\n\n\
             | control | what is taken out | changes | red | fingerprint |\n|---|---|---|---|---|\n{rows}"
        )
    }
}

fn row(line: &str) -> Option<(String, Proof)> {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let ["", id, _, _, red, fingerprint, ""] = cells.as_slice() else {
        return None;
    };
    let (red, of) = red.split_once(" of ")?;
    let proof = Proof {
        fingerprint: fingerprint.trim_matches('`').to_owned(),
        red: red.parse().ok()?,
        of: of.parse().ok()?,
    };
    Some(((*id).to_owned(), proof))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_as_it_was_written() {
        let proof = Proof {
            fingerprint: "0123abcd".to_owned(),
            red: 2,
            of: 2,
        };
        let line = "| HT-03 | a title | 4 | 2 of 2 | `0123abcd` |";
        assert_eq!(row(line), Some(("HT-03".to_owned(), proof)));
        for line in [
            "| control | what | changes | red | fingerprint |",
            "|---|---|---|---|---|",
            "",
        ] {
            assert_eq!(row(line), None, "{line}");
        }
    }
}
