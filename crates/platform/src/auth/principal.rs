//! The caller, once believed.

use std::sync::Arc;

use time::OffsetDateTime;

use super::{
    credential::Credential,
    identity::Identity,
    permission::{AccessTable, Permissions, Role, Single},
};
use crate::{audit::Actor, http::context::Caller};

/// An authenticated caller.
#[derive(Debug, Clone)]
pub struct Principal {
    pub identity: Identity,
    /// What it was believed by.
    pub credential: Credential,
    pub roles: Vec<&'static Role>,
    /// What the roles permit, the token's scope leaves and the client can hold.
    pub permissions: Permissions,
    /// The table that roles and permissions are of.
    pub access: &'static AccessTable,
    /// When the person last proved who they are, if the issuer says so.
    pub authenticated_at: Option<OffsetDateTime>,
    /// How strongly, in the issuer's words (`acr`); for the journal only.
    pub acr: Option<Arc<str>>,
    /// Required `acr` values that the token lacks; `None` when its own suffices.
    pub lacks_acr: Option<Arc<str>>,
}

impl Caller for Principal {
    fn actor(&self) -> Actor {
        Actor {
            issuer: self.identity.issuer.clone(),
            subject: self.identity.subject.clone(),
            client: self.credential.client.clone(),
            acting_party: self.credential.acting_party.clone(),
            api_key: self.credential.api_key().cloned(),
            acr: self.acr.clone(),
        }
    }
}

impl Principal {
    /// Whether the caller has this permission: `caller.may::<OrdersApprove>()`.
    #[must_use]
    pub fn may<P: Single>(&self) -> bool {
        self.permissions.contains(P::PERMISSION)
    }
}
