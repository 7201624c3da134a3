//! Who learns of lines: what is on record can leave the process from here, and nothing else can.

use time::OffsetDateTime;

use super::{entry::Entry, entry::Outcome};

/// Learns of each line once it is durable, on the journal's thread; of an outage of the journal when it begins.
/// It must not wait: all lines do meanwhile.
pub trait Observer: Send + Sync {
    fn observe(&self, entry: &Entry, outcome: Option<Outcome>, at: OffsetDateTime);
}
