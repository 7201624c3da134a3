//! The keys of all issuers, read once for all listeners.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{keys::KeyError, refresher::KeySetRefresher, source::Source};
use crate::{
    audit::Journal,
    auth::permission::AccessTable,
    config::{self, SigningAlgorithm, Weakness},
};

/// What keeps the keys of each issuer current, by the issuer's name.
pub struct IssuerKeys(BTreeMap<String, Arc<KeySetRefresher>>);

impl IssuerKeys {
    /// Starts to read the keys of every issuer, and says in the log what is accepted of one and is weak.
    ///
    /// # Errors
    /// When the keys of an issuer with a file cannot be read, or it names a role or a permission that
    /// is not in `access`.
    pub fn start(
        settings: &config::Auth,
        access: &AccessTable,
        journal: &Journal,
    ) -> Result<Self, KeyError> {
        let started = settings.issuers.iter().map(|issuer| {
            warn_of(issuer);
            let mut roles = issuer.roles.values();
            if let Some(role) = roles.find(|role| access.role(role).is_none()) {
                return Err(KeyError::UnknownRole(role.clone()));
            }
            let mut bounds = issuer.client_permissions.values().flatten();
            if let Some(permission) = bounds.find(|name| access.permission(name).is_none()) {
                return Err(KeyError::UnknownPermission(permission.clone()));
            }
            let source = Source::new(issuer)?;
            let refresher =
                KeySetRefresher::start(&issuer.issuer, source, settings, journal.clone())?;
            Ok((issuer.issuer.clone(), refresher))
        });
        started.collect::<Result<_, _>>().map(Self)
    }

    /// Issuers of which no keys are at hand that are young enough to be believed.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        let without = self.0.iter().filter(|(_, one)| one.keys().is_none());
        without.map(|(name, _)| name.as_str())
    }

    /// For how long the keys of each issuer have not been read; nothing of one whose keys never were.
    pub fn ages(&self) -> impl Iterator<Item = (&str, Option<Duration>)> {
        self.0.iter().map(|(name, one)| (name.as_str(), one.age()))
    }

    pub(super) fn of(&self, issuer: &str) -> Result<Arc<KeySetRefresher>, KeyError> {
        let found = self.0.get(issuer).cloned();
        found.ok_or_else(|| KeyError::UnknownIssuer(issuer.to_owned()))
    }
}

fn warn_of(issuer: &config::Issuer) {
    let name = &issuer.issuer;
    if issuer.algorithms.contains(&SigningAlgorithm::RS256) {
        tracing::warn!(issuer = name, weakness = "RS256", "accepted of this issuer");
    }
    // The issuer of profile dev has no reason.
    let said = issuer
        .weaknesses()
        .filter(|(weakness, reason)| reason.is_some() || *weakness != Weakness::Issuer);
    for (weakness, reason) in said {
        let weakness = weakness.name();
        tracing::warn!(issuer = name, weakness, reason, "accepted of this issuer");
    }
}
