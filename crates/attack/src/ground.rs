//! What is attacked: a service with its doors, and what the attacker has got hold of.
//!
//! The attacker is a genuine caller who knows the document and everything public. With the issuer's key in hand
//! (only one's own issuer has it) the attacker signs any claims: what is refused then is refused by its claims.

use std::{path::PathBuf, sync::Arc};

use serde_json::Value;
use testkit::{Actor, Forger};

use crate::{attack::Missing, resource::Resource};

/// A running service, as the attacker sees it.
pub struct Service {
    /// The public listener, for somebody without credentials.
    pub public: Actor,
    /// The admin listener, where it can be reached.
    pub admin: Option<Actor>,
    /// What `Host` says.
    pub host: String,
    /// An access token of a caller who may write.
    pub editor: String,
    /// One of another caller with the same rights.
    pub other: Option<String>,
    /// One of a caller who may do nothing.
    pub nobody: Option<String>,
    pub key: Option<SigningKey>,
    /// Where its journal is.
    pub journal: Option<PathBuf>,
    /// A page of this origin may call it.
    pub origin: Option<&'static str>,
    /// What must live as long as the service is attacked.
    pub running: Option<Arc<dyn Send + Sync>>,
}

/// The issuer's key: its tokens are genuine.
pub struct SigningKey {
    pub forger: Forger,
    /// The public half, as the issuer publishes it.
    pub published: Value,
}

/// Everything that the attacks are played on.
pub struct Ground {
    pub service: Service,
    /// A service whose quotas are as shipped and not used up: for floods. None of its own, and the one service is
    /// flooded.
    pub fresh: Option<Box<dyn Fn() -> Result<Service, String>>>,
    pub resource: Option<Resource>,
    /// What a person reads as the name of what was attacked.
    pub name: String,
}

impl Service {
    /// A token of the other caller.
    pub(crate) fn other(&self) -> Result<String, Missing> {
        let forged = || {
            let key = self.key.as_ref()?;
            Some(key.forger.with_claim("sub", "mallory".into()))
        };
        let other = self.other.clone().or_else(forged);
        other.ok_or_else(|| Missing("A second caller's token is needed (--token-of-other).".into()))
    }

    /// A token that grants nothing.
    pub(crate) fn nobody(&self) -> Result<String, Missing> {
        let forged = || {
            let key = self.key.as_ref()?;
            Some(key.forger.with_claim("scope", "".into()))
        };
        let nobody = self.nobody.clone().or_else(forged);
        nobody.ok_or_else(|| {
            Missing("A token without permissions is needed (--token-of-nobody).".into())
        })
    }

    /// A day from now, as a member of a body.
    pub(crate) fn tomorrow() -> String {
        let tomorrow = testkit::tomorrow();
        let (year, month, day) = (tomorrow.year(), u8::from(tomorrow.month()), tomorrow.day());
        format!("{year}-{month:02}-{day:02}T00:00:00Z")
    }

    pub(crate) fn key(&self) -> Result<&SigningKey, Missing> {
        let missing = || Missing("The issuer's key is needed (--signing-key).".into());
        self.key.as_ref().ok_or_else(missing)
    }
}
