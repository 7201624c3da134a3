//! Whose rows the database itself shows.
//!
//! A store's own condition hides the rows of others. Row-level security of PostgreSQL is the second line behind
//! it: a statement that forgets its condition still sees nothing of others (API1:2023). So each statement
//! says for whom it runs, and who says nothing sees no row that has an owner.

/// The rows of owners that a statement may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'a> {
    /// None of them: for the platform's own tables, which are not under row-level security.
    Nobody,
    /// Those of one owner.
    Owner { issuer: &'a str, subject: &'a str },
    /// All of them.
    Everyone,
}
