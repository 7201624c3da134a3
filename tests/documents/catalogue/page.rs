//! The pages that are made of the catalogue: `docs/controls.md`, and the table of the front page. With
//! `UPDATE=1` they are written, otherwise compared: a page by hand says what was true once.

use std::{collections::BTreeMap, fmt::Write, fs};

use super::{
    Catalogue, Control, Recommendation, Status, asvs,
    proofs::{SCHEDULE, WEEKLY},
    root,
    source::{Test, tests},
};

/// Where the front page has its table.
const MARKS: [&str; 2] = ["<!-- catalogue -->\n", "<!-- /catalogue -->\n"];

/// Opens `docs/controls.md`.
const PREFACE: &str = "# Controls

<!-- Made of controls.toml and asvs.csv: UPDATE=1 cargo test --test documents -->

What this project sets out to show, control by control: who asks for it, where it is built, and the tests that
fail without it. A line that begins with `Controls:` in a file of source or tests names the controls that the file
builds or proves; a test refuses an id that is not here, and a name of a test, a file or a setting that does not exist.

MUST is the first version, SHOULD comes after it, MOON is where nobody has been yet. `A1…A12` and `B1…B8` are
the recommendations of [the book](book/README.md#where-the-twenty-come-from), `APIn:2023` is the OWASP API Security
Top 10, and `…-CS` is an OWASP cheat sheet. What is *partly* met or *accepted* as it is says why.
";

struct Pages {
    catalogue: Catalogue,
    tests: BTreeMap<String, Test>,
    figures: asvs::Figures,
}

impl Pages {
    fn new() -> Self {
        let catalogue = Catalogue::read();
        Self {
            figures: asvs::figures(&catalogue),
            tests: tests(),
            catalogue,
        }
    }

    fn having(&self, status: Status) -> usize {
        let all = self.catalogue.control.iter();
        all.filter(|control| control.status == status).count()
    }

    /// How much is proven, in one paragraph.
    fn summary(&self) -> String {
        let asvs = &self.figures;
        format!(
            "{} controls: {} met, each with its tests; {} partly; {} accepted as they are.\n\
             {} of the {} requirements of OWASP ASVS 5.0 that apply are verified by test.\n",
            self.catalogue.control.len(),
            self.having(Status::Met),
            self.having(Status::Partly),
            self.having(Status::Accepted),
            asvs.verified,
            asvs.applicable,
        )
    }

    /// How many controls are taken out, and what the others are.
    fn taken_out(&self) -> String {
        let all = self.catalogue.control.iter();
        let (out, others): (Vec<_>, Vec<_>) = all.partition(|control| !control.take_out.is_empty());
        let gaps = others.iter().filter(|control| !control.is_built()).count();
        format!(
            "[{} of them are taken out](docs/take-outs.md) of a copy of the source, one at a time, and the tests that each one\n\
             names must fail then. Of the other {}, {gaps} are gaps that are accepted; {} are about what is outside of the program or\n\
             absent: images, workflows, lock files, roles of the database, weak cipher suites.\n",
            out.len(),
            others.len(),
            others.len() - gaps,
        )
    }

    /// The table of the front page.
    fn table(&self) -> String {
        let mut text = format!(
            "\n{}\n{}\n| recommendation | what is done here | page of the book |\n|---|---|---|\n",
            self.summary(),
            self.taken_out(),
        );
        for one in &self.catalogue.recommendation {
            let Recommendation {
                id,
                title,
                how,
                page,
                ..
            } = one;
            let name = page.rsplit('/').next().unwrap();
            let (number, _) = name.split_once('-').unwrap();
            let number = number.trim_start_matches('0');
            writeln!(text, "| {id} {title} | {how} | [{number}]({page}) |").unwrap();
        }
        text.push('\n');
        text
    }

    /// `docs/controls.md`.
    fn page(&self) -> String {
        let mut text = format!("{PREFACE}\n{}\n## The recommendations\n\n", self.summary());
        text.push_str("| | recommendation | begin reading | most of the proof | controls |\n");
        text.push_str("|---|---|---|---|---|\n");
        for one in &self.catalogue.recommendation {
            let controls = self.catalogue.answers(&one.id).map(reference);
            let code = one.code.iter().map(|path| link(path, "../"));
            let proofs = one.tests.iter();
            let proofs = proofs.map(|one| proof(one, &self.tests, "../"));
            let row = [
                one.id.clone(),
                one.title.clone(),
                code.collect::<Vec<_>>().join(", "),
                proofs.collect::<Vec<_>>().join("; "),
                controls.collect::<Vec<_>>().join(", "),
            ];
            writeln!(text, "| {} |", row.join(" | ")).unwrap();
        }
        text.push_str(&self.asvs());
        for family in &self.catalogue.family {
            writeln!(text, "\n## {}: {}", family.id, family.title).unwrap();
            let controls = self.catalogue.control.iter();
            for control in controls.filter(|control| control.id.starts_with(&family.id)) {
                text.push_str(&self.control(control));
            }
        }
        text
    }

    fn asvs(&self) -> String {
        let mut text = "\n## OWASP ASVS 5.0\n\n\
             `docs/asvs.csv` maps each of the 345 requirements to controls. One that applies counts as verified when \
             every control\nthat it is mapped to is met, so one that is met in the greater part does not count. \
             The classes: A applies; B is about\nsomething dangerous that is not there, and a test says so; C depends \
             on a feature that is not there; O is a duty of the\noperator; N does not apply.\n\n\
             | level | verified | apply |\n|---|---|---|\n"
            .to_owned();
        for (level, (verified, applicable)) in &self.figures.by_level {
            writeln!(text, "| {level} | {verified} | {applicable} |").unwrap();
        }
        text.push_str("\nNot verified, with the controls that are not met: ");
        let open = self.figures.open.iter().map(|(id, controls)| {
            let controls = controls.iter().map(|id| anchor(id));
            format!("{id} ({})", controls.collect::<Vec<_>>().join(", "))
        });
        let open = open.collect::<Vec<_>>().join("; ");
        writeln!(text, "{open}.").unwrap();
        text
    }

    fn control(&self, control: &Control) -> String {
        let mut text = format!("\n### {}\n\n**{}.**", control.id, control.title);
        let recommendations = control.recommendations().map(String::as_str);
        let recommendations = recommendations.collect::<Vec<_>>().join(", ");
        let priority = format!("{:?}", control.priority).to_uppercase();
        let status = format!("{:?}", control.status).to_lowercase();
        let of = if recommendations.is_empty() { "" } else { ", " };
        writeln!(
            text,
            " {priority}{of}{recommendations}, {status}. {}",
            control.behaviour
        )
        .unwrap();
        if let Some(reason) = &control.reason {
            writeln!(text, "\n{reason}").unwrap();
        }
        text.push('\n');
        let quoted = |word: &String| format!("`{word}`");
        for (name, list) in [
            ("asked for by", control.sources.clone()),
            (
                "code",
                control.code.iter().map(|path| link(path, "../")).collect(),
            ),
            (
                "tests",
                control
                    .tests
                    .iter()
                    .map(|one| proof(one, &self.tests, "../"))
                    .collect(),
            ),
            ("settings", control.settings.iter().map(quoted).collect()),
            ("attacks", control.attacks.iter().map(quoted).collect()),
        ] {
            if !list.is_empty() {
                writeln!(text, "- {name}: {}", list.join("; ")).unwrap();
            }
        }
        text
    }
}

/// A file as a link that shows its path from the source's root.
fn link(path: &str, up: &str) -> String {
    let (_, short) = path.split_once("/src/").unwrap_or(("", path));
    format!("[{short}]({up}{path})")
}

fn anchor(id: &str) -> String {
    format!("[{id}](#{})", id.to_lowercase())
}

/// A control that is not met is told apart.
fn reference(control: &Control) -> String {
    let anchor = anchor(&control.id);
    if control.is_met() {
        anchor
    } else {
        format!("*{anchor}*")
    }
}

/// A proof as a link: to the file of the test, or to the script with the step.
pub fn proof(proof: &str, tests: &BTreeMap<String, Test>, up: &str) -> String {
    if let Some(title) = proof.strip_prefix("step ") {
        return format!("[{title}]({up}.ci/run)");
    }
    if let Some(job) = proof.strip_prefix(WEEKLY) {
        return format!("[{job}, once a week]({up}{SCHEDULE})");
    }
    let name = proof.rsplit("::").next().unwrap();
    let name = name.rsplit(' ').next().unwrap().replace('_', " ");
    let file = &tests.get(proof).unwrap().file;
    format!("[{name}]({up}{file})")
}

/// Writes the file, or holds it to what it must be.
pub fn hold(file: &str, text: &str) {
    let path = root().join(file);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, text).unwrap();
        return;
    }
    let same = fs::read_to_string(path).is_ok_and(|there| there == text);
    assert!(same, "{file}: run UPDATE=1 cargo test --test documents");
}

#[test]
fn the_page_of_controls_is_that_of_the_catalogue() {
    hold("docs/controls.md", &Pages::new().page());
}

/// A service that is made from the template has no twin of its front page.
#[test]
fn the_table_of_the_front_page_is_that_of_the_catalogue() {
    let table = Pages::new().table();
    for file in ["README.md", "README.md.liquid"] {
        let Ok(text) = fs::read_to_string(root().join(file)) else {
            continue;
        };
        let (before, rest) = text.split_once(MARKS[0]).expect(file);
        let (_, after) = rest.split_once(MARKS[1]).expect(file);
        hold(file, &[before, MARKS[0], &table, MARKS[1], after].concat());
    }
}
