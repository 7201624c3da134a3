//! Revokes a key that arrived in the clear, without its owner and without an operator.
//!
//! It is enough that the key is genuine: also a key that is not for the sender's network has been read on the way.

use std::net::IpAddr;

use super::{keys::ApiKeys, model::KeyId};
use crate::{
    audit::{Entry, Event, Journal, Outcome, Reason},
    http::Problem,
};

impl ApiKeys {
    /// The id of a key that is ours and not revoked; none for any other text.
    ///
    /// # Errors
    /// 503 when the database cannot be used.
    pub async fn genuine(&self, text: &str) -> Result<Option<KeyId>, Problem> {
        let found = self.verifier.stored(text).await?;
        Ok(found.ok().map(|stored| stored.key.id))
    }

    /// Revokes this key, which `address` sent in the clear.
    pub async fn revoke_exposed(&self, id: KeyId, address: IpAddr, journal: &Journal) {
        let entry = Entry::new(Event::AuthnTokenRevoked).because(Reason::PlainHttp);
        let entry = entry.from(address).on("api_keys", id);
        // Without a record nothing is changed: the journal's own trouble is on record elsewhere.
        let Ok(attempt) = journal.attempt(entry).await else {
            return;
        };
        match self.revoke(None, id).await {
            Ok(()) => {
                tracing::warn!(key.id = %id, "an API key came in the clear: it is revoked");
                attempt.end(Outcome::Success);
            }
            // Another connection was first.
            Err(Problem::NotFound) => attempt.end(Outcome::Deny),
            Err(error) => {
                tracing::error!(%error, "an API key came in the clear and could not be revoked");
                attempt.end(Outcome::Error);
            }
        }
    }
}
