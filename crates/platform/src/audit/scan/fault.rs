//! Why a line cannot stand where it stands. `audit verify` prints it, so each says what it means.

/// The first thing that is wrong with a journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("is not finished: the service is writing it, or ended while it did")]
    Unfinished,
    #[error("is longer than any line of a journal")]
    TooLong,
    #[error("is not a line of a journal")]
    NotALine,
    #[error("has number {found} where {expected} follows: lines were taken out, put in or moved")]
    Number { expected: u64, found: u64 },
    #[error("was not written after the line that stands before it: one of the two was changed")]
    Link,
    #[error("is a checkpoint without its signature, or has one and is none")]
    NotACheckpoint,
    #[error("is a checkpoint with a signature that does not match")]
    Signature,
    #[error("is a checkpoint by the key {0}, which was not given")]
    UnknownKey(String),
    #[error("stands where a process says that it begins or ends, and none writes it there")]
    Order,
    #[error("is the outcome of an attempt (number {0}) that is not open")]
    NoAttempt(u64),
    #[error("is another than the one that was signed as number {0}: the journal was replaced")]
    NotTheHead(u64),
}
