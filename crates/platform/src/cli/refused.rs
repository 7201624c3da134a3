//! What a command that did not succeed says.

/// What a command ends with when it does not succeed: lines for standard error.
pub(super) type Refused = Vec<String>;

/// One line: the error's own words.
pub(super) fn one(error: impl std::fmt::Display) -> Refused {
    vec![error.to_string()]
}
