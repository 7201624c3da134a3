//! The audit journal: what happened, who did it, and how it ended, in lines that cannot be skipped,
//! forged or lost without it showing.
//!
//! A change waits until its `attempt` is on the disk ([`Journal::attempt`]), as in Vault: no audit, no
//! change. `journal.rs` and `attempt.rs` are what callers see, `writer.rs` the thread behind it; `line.rs`, `chain.rs`
//! and `checkpoint.rs` make a line; `start.rs` and `verify.rs` hold a journal against itself.

mod attempt;
mod chain;
mod checkpoint;
mod entry;
mod event;
mod file;
mod follow;
mod journal;
pub mod journals;
mod line;
mod lines;
mod names;
mod observer;
mod reason;
mod received;
mod scan;
mod sink;
mod start;
mod status;
mod verify;
mod watch;
mod writer;

pub use attempt::AuditAttempt;
pub use chain::{ChainHead, Hash};
pub use checkpoint::{CheckpointKey, KeyError, PublicKey};
pub use entry::{Actor, Entry, Exchange, MAX_TEXT, Object, Outcome, Phase};
pub use event::{Event, Level};
pub use follow::{Followed, Follower};
pub use journal::Journal;
pub use line::{MAX_LINE, spell_text};
pub use observer::Observer;
pub use reason::Reason;
pub use received::{Received, TlsSession};
pub use scan::{Fault, Seen};
pub use sink::{Sink, Stream};
pub use start::OpenError;
pub use status::{JournalMetrics, Unwritable};
pub use verify::{LatestCheckpoint, Report, Request, VerifyError, verify};
