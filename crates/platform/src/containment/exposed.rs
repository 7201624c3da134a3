//! Revokes a token that arrived in the clear, without an operator.
//!
//! A client that is configured with `http://` fetches token after token, and sends each. So this takes half of the
//! room for revoked tokens at most: the other half is for operators.

use std::net::IpAddr;

use super::{
    model::{NewRevocation, RevocationTarget},
    state::{Containment, MAX_TOKENS},
};
use crate::{
    audit::{Entry, Event, Journal, Outcome, Reason},
    auth::{Identity, Principal},
    http::context::Caller as _,
};

/// The author of what is revoked here; no issuer has this name.
const AUTHOR: &str = "tripwire";

impl Containment {
    /// Where containment is put on record.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Revokes the token of this caller, which `address` sent in the clear; nothing when it is revoked already. Replicas that
    /// get it at the same moment each revoke it.
    pub async fn revoke_exposed(&self, caller: &Principal, address: IpAddr) {
        if self.snapshot().revokes(caller) {
            return;
        }
        let _one_at_a_time = self.exposed.lock().await;
        // Another connection may have been first.
        let snapshot = self.snapshot();
        if snapshot.revokes(caller) {
            return;
        }
        if snapshot.revocations().0 >= MAX_TOKENS / 2 {
            tracing::error!("a token came in the clear and is not revoked: too many are");
            return;
        }
        let token = &caller.credential;
        let entry = Entry::new(Event::AuthnTokenRevoked).because(Reason::PlainHttp);
        let entry = entry.by(caller.actor()).from(address);
        let entry = entry.on(token.object_type(), &token.id);
        // Without a record nothing is changed: the journal's own trouble is on record elsewhere.
        let Ok(attempt) = self.journal.attempt(entry).await else {
            return;
        };
        let new = NewRevocation {
            target: RevocationTarget::Token,
            issuer: caller.identity.issuer.to_string(),
            name: token.id.to_string(),
            reason: "was sent by plain HTTP".to_owned(),
            ticket: Reason::PlainHttp.name().to_owned(),
            author: Identity {
                issuer: AUTHOR.into(),
                subject: Reason::PlainHttp.name().into(),
            },
        };
        match self.revoke(&new).await {
            Ok(_) => {
                tracing::warn!(token.id = %token.id, "a token came in the clear: it is revoked");
                attempt.end(Outcome::Success);
            }
            Err(error) => {
                tracing::error!(%error, "a token came in the clear and could not be revoked");
                attempt.end(Outcome::Error);
            }
        }
    }
}
