//! The caller, once believed.

use std::sync::Arc;

use time::OffsetDateTime;

use super::permission::{AccessTable, Permissions, Role, Single};
use crate::{
    audit::Actor,
    http::{context::Caller, rate_limit::RateLimitKey},
};

/// Who a caller is: a subject, and the issuer that vouches for it. Only both together are a name,
/// because a second issuer may know another "alice" (OpenID Connect Core §5.7).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    pub issuer: Arc<str>,
    pub subject: Arc<str>,
}

impl Identity {
    /// The same in the journal.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor {
            issuer: self.issuer.clone(),
            subject: self.subject.clone(),
        }
    }
}

/// An authenticated caller.
#[derive(Debug, Clone)]
pub struct Principal {
    pub identity: Identity,
    /// Whose quotas its requests use.
    pub rate_limit_key: RateLimitKey,
    pub roles: Vec<&'static Role>,
    /// What the roles permit and the token's scope leaves.
    pub permissions: Permissions,
    /// The table that roles and permissions are of.
    pub access: &'static AccessTable,
    /// When the person last proved who they are, if the issuer says so.
    pub authenticated_at: Option<OffsetDateTime>,
    /// Required `acr` values that the token lacks; `None` when its own suffices.
    pub lacks_acr: Option<Arc<str>>,
}

impl Caller for Principal {
    fn actor(&self) -> Actor {
        self.identity.actor()
    }
}

impl Principal {
    /// Whether the caller has this permission: `caller.may::<OrdersApprove>()`.
    #[must_use]
    pub fn may<P: Single>(&self) -> bool {
        self.permissions.contains(P::PERMISSION)
    }
}
