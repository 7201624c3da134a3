//! What a run found: a table for the terminal and the same as a Markdown file.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::Result;

/// Passed, failed, or only reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    Fail,
    Note,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Note => "",
        }
    }
}

#[derive(Debug, Clone)]
struct Line {
    claim: String,
    measured: String,
    verdict: Verdict,
}

/// What one scenario found.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    lines: Vec<Line>,
    /// Files to be written beside the report, by name.
    pub drawings: Vec<(String, String)>,
}

impl Findings {
    /// A claim that must hold, and what was measured.
    pub fn check(&mut self, claim: impl Into<String>, holds: bool, measured: impl Into<String>) {
        let verdict = if holds { Verdict::Pass } else { Verdict::Fail };
        self.push(claim.into(), measured.into(), verdict);
    }

    /// A number without a verdict.
    pub fn note(&mut self, what: impl Into<String>, measured: impl Into<String>) {
        self.push(what.into(), measured.into(), Verdict::Note);
    }

    fn push(&mut self, claim: String, measured: String, verdict: Verdict) {
        eprintln!("  {:4} {claim}: {measured}", verdict.word());
        self.lines.push(Line {
            claim,
            measured,
            verdict,
        });
    }

    fn verdict(&self) -> Verdict {
        if self.lines.iter().any(|line| line.verdict == Verdict::Fail) {
            Verdict::Fail
        } else {
            Verdict::Pass
        }
    }
}

/// How a scenario ended.
#[derive(Debug, Clone)]
pub enum Ending {
    Ran(Findings),
    /// It cannot be run here, and why.
    Skipped(&'static str),
    /// It could not be run to its end.
    Broke(String),
}

/// One scenario's part of the report.
#[derive(Debug, Clone)]
pub struct Chapter {
    pub name: &'static str,
    pub about: &'static str,
    pub seconds: f64,
    pub ending: Ending,
}

impl Chapter {
    #[must_use]
    pub fn failed(&self) -> bool {
        match &self.ending {
            Ending::Ran(findings) => findings.verdict() == Verdict::Fail,
            Ending::Skipped(_) => false,
            Ending::Broke(_) => true,
        }
    }

    fn word(&self) -> &'static str {
        match &self.ending {
            Ending::Skipped(_) => "skipped",
            Ending::Ran(_) | Ending::Broke(_) if self.failed() => "FAIL",
            Ending::Ran(_) | Ending::Broke(_) => "PASS",
        }
    }

    fn lines(&self) -> Vec<Line> {
        let one = |claim: &str, measured: &str, verdict| {
            let (claim, measured) = (claim.to_owned(), measured.to_owned());
            vec![Line {
                claim,
                measured,
                verdict,
            }]
        };
        match &self.ending {
            Ending::Ran(findings) => findings.lines.clone(),
            Ending::Skipped(reason) => one("skipped", reason, Verdict::Note),
            Ending::Broke(reason) => one("runs to its end", reason, Verdict::Fail),
        }
    }
}

/// A table as wide as its widest line.
#[must_use]
pub fn table(chapters: &[Chapter]) -> String {
    let mut text = String::new();
    for chapter in chapters {
        let (name, word) = (chapter.name, chapter.word());
        writeln!(text, "\n{name}  {word}  ({:.0} s)", chapter.seconds).ok();
        let lines = chapter.lines();
        let width = lines.iter().map(|line| line.claim.chars().count()).max();
        let width = width.unwrap_or_default();
        for line in lines {
            let word = line.verdict.word();
            writeln!(text, "  {word:4}  {:width$}  {}", line.claim, line.measured).ok();
        }
    }
    let failed = chapters.iter().filter(|chapter| chapter.failed()).count();
    let ran = chapters.len();
    writeln!(text, "\n{ran} scenarios, {failed} failed").ok();
    text
}

/// Writes the Markdown report to `file`, and the drawings beside it.
pub fn write(file: &Path, introduction: &str, chapters: &[Chapter]) -> Result<()> {
    let mut text = format!("# Load tests: a run's report\n\n{introduction}\n\n");
    text += "| scenario | verdict | seconds |\n|---|---|---|\n";
    for chapter in chapters {
        let (name, word) = (chapter.name, chapter.word());
        writeln!(text, "| {name} | {word} | {:.0} |", chapter.seconds)?;
    }
    let directory = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    for chapter in chapters {
        writeln!(text, "\n## {}\n\n{}\n", chapter.name, chapter.about)?;
        text += "| | claim | measured |\n|---|---|---|\n";
        for line in chapter.lines() {
            let (word, claim) = (line.verdict.word(), cell(&line.claim));
            writeln!(text, "| {word} | {claim} | {} |", cell(&line.measured))?;
        }
        if let Ending::Ran(findings) = &chapter.ending {
            for (name, drawing) in &findings.drawings {
                fs::write(directory.join(name), drawing)?;
                writeln!(text, "\n![{name}]({name})")?;
            }
        }
    }
    fs::write(file, text)?;
    Ok(())
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
