//! The first lines of a run in the journal: with which settings it runs, and in which version.

use crate::{
    audit::{Entry, Event, Journal},
    config::Settings,
};

/// The first that the journal holds of a run, with a hash that tells one configuration from another:
/// keyed, because a setting can be a password that is short enough to guess.
pub(super) fn started(journal: &Journal, settings: &Settings, version: &str) {
    let digest = journal.keyed_hash(settings.effective());
    let loaded = Entry::new(Event::ConfigLoaded).on("configuration", digest);
    journal.point(loaded);
    journal.point(Entry::new(Event::SysStartup).on("version", version));
    if let Some(reason) = settings.audit.unwritable_reads()
        && !reason.is_empty()
    {
        tracing::warn!(reason, "reads go on while the journal cannot be written");
    }
}
