//! What is common to all that sends to others: a queue that no request waits for, a thread that ends in order, and
//! pauses between attempts.
//!
//! The pieces know nothing of what is sent, and to whom: that is in `alerts`, `siem`, `otlp` and `quota_store`.
//!
//! Controls: EG-03

mod backoff;
mod outbox;
mod thread;

pub use backoff::Backoff;
pub use outbox::Outbox;
pub use thread::{SendingThread, Stop};
