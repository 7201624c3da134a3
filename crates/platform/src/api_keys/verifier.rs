//! Whether a key is believed, and what its bearer may do.
//!
//! A key that was verified is remembered like a token, but for half a second only, and for no longer than until
//! the next revocation in this process: so a revocation holds with the next request here and within a second
//! in every process on the database. PostgreSQL tells the other processes, so it is sooner there. A key that is
//! used all the time costs two look-ups a second.
//!
//! Controls: AK-01, AK-02

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use aws_lc_rs::digest::{SHA256, digest};
use futures_util::future::LocalBoxFuture;
use quick_cache::sync::Cache;

use super::{
    figures::Figures,
    key::{self, Pepper},
    model::ApiKey,
    remembered::{LastAddress, Remembered},
    store::{Store, Stored},
    uses::{LastNoted, Uses},
};
use crate::{
    audit::Reason,
    auth::{
        AccessTable, Credential, CredentialKind, Names, Permission, Permissions, Principal,
        api_key::{ApiKeyError, ApiKeyVerifier, Record},
    },
    clock::Clock,
    db::StoreError,
};

/// Turns keys into principals.
pub(super) struct Verifier {
    pub store: Arc<Store>,
    pub pepper: Pepper,
    pub access: &'static AccessTable,
    /// The permission to manage keys, which no key has.
    pub manage: Permission,
    /// Whose callers may own keys.
    pub issuers: Vec<String>,
    pub max_lifetime: time::Duration,
    pub clock: Arc<dyn Clock>,
    pub uses: Uses,
    pub figures: Figures,
    remembered: Option<Cache<Digest, Arc<Remembered>>>,
    /// Counts the revocations in this process.
    revocations: AtomicU64,
}

/// The SHA-256 of a key: the key itself is not kept.
type Digest = [u8; 32];

/// What a verifier is made of.
pub(super) struct Parts {
    pub store: Arc<Store>,
    pub pepper: Pepper,
    pub access: &'static AccessTable,
    pub manage: Permission,
    pub issuers: Vec<String>,
    pub max_lifetime: time::Duration,
    pub clock: Arc<dyn Clock>,
    /// How many keys are remembered.
    pub entries: usize,
}

impl Verifier {
    pub fn new(parts: Parts) -> Self {
        Self {
            store: parts.store,
            pepper: parts.pepper,
            access: parts.access,
            manage: parts.manage,
            issuers: parts.issuers,
            max_lifetime: parts.max_lifetime,
            clock: parts.clock,
            uses: Uses::default(),
            figures: Figures::default(),
            remembered: (parts.entries > 0).then(|| Cache::new(parts.entries)),
            revocations: AtomicU64::new(0),
        }
    }

    /// Looks every key up again, because one was revoked. Called when that is committed: a look-up that
    /// began before is not believed for longer than its own request.
    pub fn forget_all(&self) {
        self.revocations.fetch_add(1, Ordering::AcqRel);
    }

    /// The row of a key that is ours and not revoked, or what is wrong with it.
    pub async fn stored(&self, text: &str) -> Result<Result<Stored, Reason>, StoreError> {
        let id = match key::claimed_id(text) {
            Ok(id) => id,
            Err(reason) => return Ok(Err(reason)),
        };
        let Some(stored) = self.store.find(id).await? else {
            return Ok(Err(Reason::ApiKeyUnknown));
        };
        Ok(if !self.pepper.fits(text, &stored.hash) {
            Err(Reason::Secret)
        } else if stored.is_revoked {
            Err(Reason::Revoked)
        } else {
            Ok(stored)
        })
    }

    async fn look_up(
        &self,
        text: &str,
        address: IpAddr,
        first_use: Record<'_>,
    ) -> Result<Arc<Principal>, ApiKeyError> {
        let refuse = |reason| Err(ApiKeyError::Refused(reason));
        let revocations = self.revocations.load(Ordering::Acquire);
        let looked_up_at = self.clock.elapsed();
        let stored = self.stored(text).await.map_err(failed)?;
        let key = stored.map_err(ApiKeyError::Refused)?.key;
        let id = key.id;
        let now = self.clock.now();
        // A bound that was lowered holds for the keys that there are.
        let ends_at = key.expires_at.min(key.created_at + self.max_lifetime);
        if now >= ends_at {
            return refuse(Reason::Expired);
        }
        if !self
            .issuers
            .iter()
            .any(|issuer| **issuer == *key.owner.issuer)
        {
            return refuse(Reason::Issuer);
        }
        if !key.networks.admit(address) {
            return refuse(Reason::Network);
        }
        let principal = Arc::new(self.principal(&key));
        if key.last_used_at.is_none() {
            let record = || first_use(&principal);
            self.store
                .first_use(id, now, record)
                .await
                .map_err(failed)?;
        }
        let remembered = Remembered {
            id: id.uuid(),
            principal: principal.clone(),
            networks: key.networks,
            ends_at,
            looked_up_at,
            revocations,
            last_noted: LastNoted::default(),
            last_address: LastAddress::of(address),
        };
        self.uses.note(remembered.id, now, &remembered.last_noted);
        if let Some(cache) = &self.remembered {
            cache.insert(digest_of(text), Arc::new(remembered));
        }
        Ok(principal)
    }

    /// The owner, with what the key may do and the roles that the owner had may still do. It never
    /// authenticated as a person does.
    fn principal(&self, key: &ApiKey) -> Principal {
        let id = key.id.to_string();
        let roles: Vec<_> = key
            .roles
            .split(' ')
            .filter_map(|name| self.access.role(name))
            .collect();
        let of_roles = roles.iter().map(|role| role.permissions());
        let of_roles = of_roles.fold(Permissions::default(), Permissions::union);
        let names = key.permissions.iter();
        let own = names.filter(|name| *name != self.manage.name());
        let own = own.filter_map(|name| self.access.permission(name));
        let own = own.fold(Permissions::default(), |all, one| {
            all.union(Permissions::of(&[one]))
        });
        Principal {
            credential: Credential {
                kind: CredentialKind::ApiKey,
                names: Names::of_api_key(&key.owner, &id),
                id: id.into(),
                client: None,
                acting_party: None,
                issued_at: key.created_at,
            },
            identity: key.owner.clone(),
            roles,
            permissions: own.intersection(of_roles),
            access: self.access,
            authenticated_at: None,
            acr: None,
            lacks_acr: None,
        }
    }
}

impl ApiKeyVerifier for Verifier {
    fn refused(&self, reason: Reason) {
        self.figures.refused(reason);
    }

    fn claimed_id(&self, key: &str) -> Result<String, Reason> {
        key::claimed_id(key).map(|id| id.to_string())
    }

    fn remembered(
        &self,
        key: &str,
        address: IpAddr,
        elsewhere: Record<'_>,
    ) -> Option<Result<Arc<Principal>, ApiKeyError>> {
        let (cache, digest) = (self.remembered.as_ref()?, digest_of(key));
        let found = cache.get(&digest)?;
        let now = self.clock.now();
        let revocations = self.revocations.load(Ordering::Acquire);
        if !found.is_good(now, self.clock.elapsed(), revocations) {
            return None;
        }
        if !found.networks.admit(address) {
            return Some(Err(ApiKeyError::Refused(Reason::Network)));
        }
        if found.last_address.is_another(address) {
            elsewhere(&found.principal);
        }
        self.uses.note(found.id, now, &found.last_noted);
        Some(Ok(found.principal.clone()))
    }

    fn is_known(&self, key: &str, address: IpAddr) -> bool {
        let found = self
            .remembered
            .as_ref()
            .map(|cache| cache.get(&digest_of(key)));
        found
            .flatten()
            .is_some_and(|found| found.networks.admit(address))
    }

    fn verify<'k>(
        &'k self,
        key: &'k str,
        address: IpAddr,
        first_use: Record<'k>,
    ) -> LocalBoxFuture<'k, Result<Arc<Principal>, ApiKeyError>> {
        Box::pin(async move {
            let verified = self.look_up(key, address, first_use).await;
            // At another address the key is as good as before.
            if let Err(ApiKeyError::Refused(reason)) = &verified
                && *reason != Reason::Network
                && let Some(cache) = &self.remembered
            {
                cache.remove(&digest_of(key));
            }
            verified
        })
    }
}

fn digest_of(key: &str) -> Digest {
    let mut bytes = Digest::default();
    bytes.copy_from_slice(digest(&SHA256, key.as_bytes()).as_ref());
    bytes
}

fn failed(error: StoreError) -> ApiKeyError {
    ApiKeyError::Failed(error.into())
}
