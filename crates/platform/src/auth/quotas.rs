//! Which quota a caller has: that of its role, or the one for everybody; and that of its client or API key.
//!
//! A program that goes wrong or that an attacker has taken over sends the requests of all its users. So
//! a client has a quota of its own, beside the callers'.
//!
//! Controls: RL-02

use std::sync::Arc;

use super::{
    permission::{AccessTable, Role},
    principal::Principal,
};
use crate::{
    clock::Clock,
    config,
    fingerprint::Fingerprint,
    http::rate_limit::{EvictIdle, Exceeded, Limiter, Policy, QuotaUsage, Quotas},
};

/// The quotas of all callers.
pub struct CallerQuotas {
    /// Largest first.
    of_roles: Vec<(&'static Role, Arc<Quotas>)>,
    of_everybody: Arc<Quotas>,
    clients: Limiter<Fingerprint>,
    api_keys: Limiter<Fingerprint>,
}

/// A role in the configuration that this service does not have.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} in rate_limit.per_role is no role of this service")]
pub struct UnknownRole(String);

impl CallerQuotas {
    /// All quotas full.
    ///
    /// # Errors
    /// When a quota is for a role that there is not.
    pub fn new(
        settings: &config::RateLimit,
        access: &AccessTable,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, UnknownRole> {
        let shares = settings.per_caller.shares();
        let quotas = |quota| Arc::new(Quotas::new(quota, shares, clock));
        let mut roles: Vec<&config::RoleQuota> = settings.per_role.iter().collect();
        roles.sort_by(|a, b| b.per_second.total_cmp(&a.per_second));
        let of_roles = roles.into_iter().map(|one| {
            let role = access
                .role(&one.role)
                .ok_or_else(|| UnknownRole(one.role.clone()))?;
            Ok((role, quotas(one.quota())))
        });
        Ok(Self {
            of_roles: of_roles.collect::<Result<_, UnknownRole>>()?,
            of_everybody: quotas(settings.per_caller.quota()),
            clients: Limiter::new(Policy::Client, settings.per_client, clock.clone()),
            api_keys: Limiter::new(Policy::ApiKey, settings.per_api_key, clock.clone()),
        })
    }

    /// What `caller` has used, which is nothing yet, of the largest quota that a role of it has.
    #[must_use]
    pub fn usage(&self, caller: &Principal) -> QuotaUsage {
        let mut of_roles = self.of_roles.iter();
        let own = of_roles.find(|(role, _)| caller.roles.contains(role));
        let quotas = own.map_or(&self.of_everybody, |(_, quotas)| quotas);
        QuotaUsage::new(quotas.clone(), caller.credential.names.subject)
    }

    /// Takes one from the quota of the caller's API key or of its client, if it has one. What is left is not
    /// told: it says how busy others are.
    ///
    /// # Errors
    /// When nothing is left: 429.
    pub fn charge_credential(&self, caller: &Principal) -> Result<(), Exceeded> {
        if caller.credential.api_key().is_some() {
            let key = &caller.credential.names.credential;
            return self.api_keys.charge(key).map(drop);
        }
        let client = caller.credential.names.client;
        client.map_or(Ok(()), |client| self.clients.charge(&client).map(drop))
    }
}

impl EvictIdle for CallerQuotas {
    fn evict_idle(&self) {
        self.of_everybody.evict_idle();
        self.clients.evict_idle();
        self.api_keys.evict_idle();
        for (_, quotas) in &self.of_roles {
            quotas.evict_idle();
        }
    }
}
