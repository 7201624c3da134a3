//! What the service stands on, as `/health/ready` asks it.

use std::path::PathBuf;

use super::core::Core;
use crate::{
    admin::readiness::{Check, Readiness},
    files,
};

impl Core<'_> {
    /// What the service stands on.
    pub fn readiness(&self, data_dir: PathBuf) -> Readiness {
        let (journal, keys) = (self.journal.clone(), self.keys.clone());
        let containment = self.containment.clone();
        // Restrictions of other processes that are unknown for so long are not enforced here.
        let out_of_date = self.settings.database.resynchronise_within;
        // The next file of the journal finds room.
        let room = self.settings.audit.max_file_bytes;
        let others = vec![
            Check {
                of: "/journal",
                code: "not_writable",
                fails: Box::new(move || !journal.is_writable()),
            },
            Check {
                of: "/keys",
                code: "none_of_an_issuer",
                fails: Box::new(move || keys.missing().next().is_some()),
            },
            Check {
                of: "/containment",
                code: "out_of_date",
                fails: Box::new(move || containment.unsynchronised_for() > out_of_date),
            },
            Check {
                of: "/disk",
                code: "nearly_full",
                fails: Box::new(move || {
                    files::free_bytes(&data_dir).is_none_or(|free| free < room)
                }),
            },
        ];
        Readiness::new(self.database.with(&[]), others, self.clock.clone())
    }
}
