//! The page as a list of commands: its blocks of `sh`, each with its section and its phase.

use std::fs;

use crate::harness::{Ours, Tested};

/// A block of commands.
#[derive(Debug, Clone)]
pub struct Block {
    section: String,
    /// `Detect`, `Contain`, `Eradicate`, `Recover`, `Learn`; empty before the first of them.
    pub phase: String,
    pub commands: String,
}

impl Block {
    /// Whether it only sets variables, for all that follows.
    pub fn sets_variables(&self) -> bool {
        let mut lines = self.commands.lines();
        self.phase.is_empty() && lines.all(|line| variable(line).is_some())
    }

    /// Whether it sets this variable.
    pub fn sets(&self, name: &str) -> bool {
        let mut lines = self.commands.lines();
        lines.any(|line| variable(line) == Some(name))
    }
}

/// `TICKET` of `TICKET=INC-2031`.
fn variable(line: &str) -> Option<&str> {
    let (name, _) = line.split_once('=')?;
    let plain = |c: char| c.is_ascii_uppercase() || c == '_';
    (!name.is_empty() && name.chars().all(plain)).then_some(name)
}

/// The blocks of a section, in their order.
pub fn section(title: &str) -> Vec<Block> {
    let blocks = blocks();
    let of_section = |block: &Block| block.section == title;
    let blocks: Vec<Block> = blocks.into_iter().filter(of_section).collect();
    assert!(!blocks.is_empty(), "{title}: no commands");
    blocks
}

/// All sections that have commands.
pub fn titles() -> Vec<String> {
    let mut titles: Vec<String> = blocks().into_iter().map(|block| block.section).collect();
    titles.dedup();
    titles
}

fn blocks() -> Vec<Block> {
    let page = format!("{}/docs/incident-response.md", Ours::ROOT);
    let page = fs::read_to_string(page).unwrap();
    let (mut section, mut phase) = (String::new(), String::new());
    let (mut blocks, mut commands) = (Vec::new(), None);
    for line in page.lines() {
        match (&mut commands, line) {
            (Some(_), "```") => blocks.push(Block {
                section: section.clone(),
                phase: phase.clone(),
                commands: commands.take().unwrap_or_default(),
            }),
            (Some(commands), line) => commands.extend([line, "\n"]),
            (None, "```sh") => commands = Some(String::new()),
            (None, line) => {
                if let Some(title) = line.strip_prefix("## ") {
                    (section, phase) = (title.to_owned(), String::new());
                } else if let Some(title) = line.strip_prefix("### ") {
                    title.clone_into(&mut phase);
                }
            }
        }
    }
    blocks
}
