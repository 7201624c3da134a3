//! Which quota a caller has: that of its role, or the one for everybody; and that of its client or API key.
//! Where quotas are shared, the server counts those that this replica's own let through: its own go on counting,
//! decide while the server is away, and spare it what they refuse.
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
    http::rate_limit::{Class, EvictIdle, Exceeded, Limiter, Policy, QuotaUsage, Quotas},
    quota_store::{Away, Order, QuotaStore},
};

/// The quotas of all callers.
pub struct CallerQuotas {
    /// Largest first.
    of_roles: Vec<(&'static Role, Arc<Quotas>)>,
    of_everybody: Arc<Quotas>,
    clients: Limiter<Fingerprint>,
    api_keys: Limiter<Fingerprint>,
    store: Option<Arc<QuotaStore>>,
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
            store: None,
        })
    }

    /// The same, shared with other replicas where there is a server that counts for all of them.
    #[must_use]
    pub fn counted_at(self, store: Option<Arc<QuotaStore>>) -> Self {
        Self { store, ..self }
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
        let quota = self.of_credential(caller);
        quota.map_or(Ok(()), |(limiter, name)| limiter.charge(&name).map(drop))
    }

    fn of_credential(&self, caller: &Principal) -> Option<(&Limiter<Fingerprint>, Fingerprint)> {
        let names = &caller.credential.names;
        if caller.credential.api_key().is_some() {
            return Some((&self.api_keys, names.credential));
        }
        Some((&self.clients, names.client?))
    }

    /// The server that counts for all replicas, where quotas are shared.
    #[must_use]
    pub fn store(&self) -> Option<&QuotaStore> {
        self.store.as_deref()
    }

    /// Takes one from the shared quotas of the caller, of its API key or client, and of the class of the operation:
    /// in this order, and in one round trip. How the last one ended is said when the operation is reached.
    ///
    /// # Errors
    /// When the server is away: the quotas of this replica have let the request through.
    pub async fn charge_shared(
        &self,
        store: &QuotaStore,
        caller: &Principal,
        (usage, class): (&mut QuotaUsage, Class),
    ) -> Result<Result<(), Exceeded>, Away> {
        let of_credential = self.of_credential(caller);
        let of_class = usage.charge_ahead(class);
        let asked = [
            Some(usage.bucket()),
            of_credential.map(|(limiter, name)| limiter.bucket(name)),
            of_class,
        ];
        let asked: Vec<_> = asked.into_iter().flatten().collect();
        let mut charged = store
            .charge(&asked, Order::FirstRefusalEnds)
            .await?
            .into_iter();
        if let Some(Err(exceeded)) = charged.next().map(|one| usage.settle(one)) {
            return Ok(Err(exceeded));
        }
        if let Some((limiter, _)) = of_credential
            && let Some(Err(exceeded)) = charged.next().map(|one| limiter.shared(one))
        {
            return Ok(Err(exceeded));
        }
        if let Some(one) = charged.next() {
            usage.settle_ahead(one);
        }
        Ok(Ok(()))
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
