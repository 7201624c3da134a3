//! The record of which lines the receiver has confirmed: `audit.siem`, beside the journal.
//!
//! It is about one receiver: another one has none of the lines. It names its line by number and hash, so a record
//! that does not belong to the journal beside it is noticed. Every doubt ends in sending lines again, never in
//! passing lines over.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    audit::{ChainHead, Hash},
    files::{self, FileError},
};

/// What is in the file.
#[derive(Serialize, Deserialize)]
struct Record {
    receiver: String,
    seq: u64,
    hash: Hash,
}

/// The record of one receiver.
pub(super) struct Confirmed {
    file: PathBuf,
    receiver: String,
}

impl Confirmed {
    pub fn beside(journal: &Path, receiver: String) -> Self {
        let file = journal.with_extension("siem");
        Self { file, receiver }
    }

    /// The last line that this receiver has confirmed; without a record that can be believed, none.
    pub fn read(&self) -> ChainHead {
        let record = files::read(&self.file).ok();
        let record = record.and_then(|text| serde_json::from_slice::<Record>(&text).ok());
        let record = record.filter(|record| record.receiver == self.receiver);
        record.map_or(ChainHead::START, |Record { seq, hash, .. }| ChainHead {
            seq,
            hash,
        })
    }

    /// # Errors
    /// When it cannot be written: then the next process sends some lines again.
    pub fn write(&self, head: ChainHead) -> Result<(), FileError> {
        let ChainHead { seq, hash } = head;
        let receiver = self.receiver.clone();
        let record = Record {
            receiver,
            seq,
            hash,
        };
        let text = serde_json::to_vec(&record).unwrap_or_default();
        files::write_private(&self.file, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_believed_by_its_own_receiver_only() {
        let directory = tempfile::TempDir::new().unwrap();
        let of = |receiver: &str| {
            let journal = directory.path().join("audit.web-1.jsonl");
            Confirmed::beside(&journal, receiver.to_owned())
        };
        assert_eq!(of("siem:1").read(), ChainHead::START);
        let head = ChainHead::START.after(b"a line");
        of("siem:1").write(head).unwrap();
        assert_eq!(of("siem:1").read(), head);
        assert_eq!(of("siem:2").read(), ChainHead::START);
        let file = directory.path().join("audit.web-1.siem");
        std::fs::write(file, r#"{"receiver":"siem:1","seq":9}"#).unwrap();
        assert_eq!(of("siem:1").read(), ChainHead::START);
    }
}
