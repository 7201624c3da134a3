//! What is done with keys: made, shown, revoked; and what is done with them every few seconds.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;
use uuid::Uuid;

use super::{
    figures::ApiKeyMetrics,
    key::{self, Pepper},
    model::{ApiKey, KeyId},
    store::{Creation, Store},
    verifier::{Parts, Verifier},
};
use crate::{
    auth::{AccessTable, Identity, Permission, Principal, api_key::ApiKeyVerifier},
    clock::Clock,
    config,
    containment::Containment,
    db::{Connections, Heard, StoreError, changed},
    http::{Problem, Resource},
};

/// How often keys that ended long ago are removed, and the others counted.
const FORGET_EVERY: Duration = Duration::from_mins(1);
/// How often a key is tried to be stored while callers are contained at the same time.
const ATTEMPTS: usize = 5;
/// They were not looked at yet.
const NEVER: u64 = u64::MAX;

/// That a service offers API keys, and to whom.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    pub(super) manage: Permission,
    /// The operations of owners.
    pub routes: fn() -> Vec<Resource>,
}

/// The keys of a service.
pub struct ApiKeys {
    store: Arc<Store>,
    pub(super) verifier: Arc<Verifier>,
    most_of_owner: i64,
    forgotten: AtomicU64,
}

impl ApiKeys {
    /// The keys in this database.
    #[must_use]
    pub fn new(
        offer: Offer,
        connections: &Connections,
        (settings, access): (&config::Auth, &'static AccessTable),
        pepper: Pepper,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let store = Arc::new(Store::new(connections));
        let issuers = settings.issuers.iter().map(|one| one.issuer.clone());
        let verifier = Verifier::new(Parts {
            store: store.clone(),
            pepper,
            access,
            manage: offer.manage,
            issuers: issuers.collect(),
            max_lifetime: settings.api_keys.max_lifetime(),
            clock,
            entries: settings.token_cache_entries,
        });
        let verifier = Arc::new(verifier);
        let heard = connections.heard();
        tokio::task::spawn_local(follow(Arc::downgrade(&verifier), heard));
        Self {
            store,
            verifier,
            most_of_owner: settings.api_keys.per_owner.into(),
            forgotten: AtomicU64::new(NEVER),
        }
    }

    /// What the listener of callers asks about a key.
    #[must_use]
    pub fn verifier(&self) -> Arc<dyn ApiKeyVerifier> {
        self.verifier.clone()
    }

    pub(super) fn manage(&self) -> Permission {
        self.verifier.manage
    }

    pub(super) fn max_lifetime(&self) -> time::Duration {
        self.verifier.max_lifetime
    }

    /// Stores a new key. The text of it, which is shown once.
    ///
    /// The caller was admitted before the body was read. Who sends it slowly may be revoked meanwhile, and that
    /// revocation has ended all keys but this one: so it is looked at again, in the transaction.
    ///
    /// # Errors
    /// 401 when the caller is revoked; 409 when the owner has as many as one may have; 503 when the database cannot be
    /// used.
    pub(super) async fn create(
        &self,
        new: &ApiKey,
        caller: &Principal,
        containment: &Containment,
    ) -> Result<String, Problem> {
        let text = key::generate(new.id)?;
        let hash = self.verifier.pepper.hash(&text);
        for _ in 0..ATTEMPTS {
            let version = containment.version_without(caller).await?;
            let created = self.store.create(new, &hash, self.most_of_owner, version);
            match created.await? {
                Creation::Made => {
                    self.verifier.figures.made();
                    return Ok(text);
                }
                Creation::TooMany => return Err(Problem::limit_reached("too_many_api_keys")),
                Creation::Overtaken => {}
            }
        }
        Err(Problem::Unavailable(
            "callers are contained all the time".into(),
        ))
    }

    /// So many keys below an id, newest first; of this owner, or of all.
    ///
    /// # Errors
    /// 503 when the database cannot be used.
    pub(super) async fn list(
        &self,
        owner: Option<&Identity>,
        below: Uuid,
        limit: i64,
    ) -> Result<Vec<ApiKey>, Problem> {
        Ok(self.store.list(owner, below, limit).await?)
    }

    /// One key; of this owner, or of anybody.
    ///
    /// # Errors
    /// 404 when there is none; 503 when the database cannot be used.
    pub(super) async fn find(
        &self,
        owner: Option<&Identity>,
        id: KeyId,
    ) -> Result<ApiKey, Problem> {
        let found = self.store.find_of(owner, id).await?;
        found.ok_or(Problem::NotFound)
    }

    /// Revokes a key, from the next request on; of this owner, or of anybody.
    ///
    /// # Errors
    /// 404 when there is none; 503 when the database cannot be used.
    pub(super) async fn revoke(&self, owner: Option<&Identity>, id: KeyId) -> Result<(), Problem> {
        let now = self.verifier.clock.now();
        let revoked = self.store.revoke(owner, id, now).await;
        // Also when it failed: it may be committed.
        self.verifier.forget_all();
        if revoked? {
            self.verifier.figures.revoked();
            Ok(())
        } else {
            Err(Problem::NotFound)
        }
    }

    #[must_use]
    pub fn metrics(&self) -> ApiKeyMetrics {
        self.verifier.figures.metrics()
    }

    /// Writes when keys were used last, removes those that ended long ago and counts the others.
    pub async fn keep(&self) {
        if let Err(error) = self.verifier.uses.write(&self.store).await {
            tracing::warn!(%error, "the last uses of API keys are not written yet");
        }
        let elapsed = self.verifier.clock.elapsed();
        let forgotten = self.forgotten.load(Ordering::Relaxed);
        let since = elapsed.saturating_sub(Duration::from_millis(forgotten));
        if forgotten == NEVER || since >= FORGET_EVERY {
            let millis = u64::try_from(elapsed.as_millis()).unwrap_or(NEVER);
            self.forgotten.store(millis, Ordering::Relaxed);
            if let Err(error) = self.forget().await {
                tracing::warn!(%error, "API keys that have ended are not removed yet, or the others not counted");
            }
        }
    }

    async fn forget(&self) -> Result<(), StoreError> {
        let now = self.verifier.clock.now();
        self.store.forget(now).await?;
        let live = self.store.live(now).await?;
        self.verifier.figures.set_live(live);
        Ok(())
    }
}

/// Looks keys up again when another process has changed something, for as long as anybody needs it.
async fn follow(verifier: Weak<Verifier>, mut heard: watch::Receiver<Heard>) {
    loop {
        changed(&mut heard).await;
        let Some(verifier) = verifier.upgrade() else {
            return;
        };
        verifier.forget_all();
    }
}
