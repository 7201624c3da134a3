//! What a command that did not succeed says, and whether it was typed wrong.

use std::process::ExitCode;

/// What a command ends with when it does not succeed: lines for standard error.
#[derive(Debug)]
pub(super) struct Refused {
    pub lines: Vec<String>,
    typed_wrong: bool,
}

impl Refused {
    /// 2 for a command that was typed wrong, as the parser of the command line has it, otherwise 1.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(if self.typed_wrong { 2 } else { 1 })
    }
}

impl FromIterator<String> for Refused {
    fn from_iter<I: IntoIterator<Item = String>>(lines: I) -> Self {
        Self {
            lines: lines.into_iter().collect(),
            typed_wrong: false,
        }
    }
}

/// One line: the error's own words.
pub(super) fn one(error: impl std::fmt::Display) -> Refused {
    [error.to_string()].into_iter().collect()
}

/// One line about what was typed.
pub(super) fn typed_wrong(text: impl Into<String>) -> Refused {
    Refused {
        lines: vec![text.into()],
        typed_wrong: true,
    }
}
