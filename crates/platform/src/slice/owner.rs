//! Who sees which rows, and who may write them (API1:2023, API3:2023).

use std::sync::Arc;

use super::Owned;
use crate::{
    auth::{Identity, Principal, Single, forbidden},
    db::Scope,
    http::problem::Problem,
};

/// Whose rows a caller may see. It is part of each statement, not a check after it.
#[derive(Debug, Clone)]
pub enum VisibleTo {
    /// Those of one owner.
    Owner(Identity),
    /// All of them.
    Everyone,
}

impl VisibleTo {
    /// What the caller sees: all rows with the permission `All`, otherwise the caller's own.
    #[must_use]
    pub fn caller<All: Single>(caller: &Principal) -> Self {
        if caller.may::<All>() {
            Self::Everyone
        } else {
            Self::Owner(caller.identity.clone())
        }
    }

    /// The same, for the database's own line of defence.
    pub(super) fn scope(&self) -> Scope<'_> {
        match self {
            Self::Owner(owner) => scope_of(owner),
            Self::Everyone => Scope::Everyone,
        }
    }

    /// What [`visible!`](crate::visible) is bound to: NULL, for a caller who sees everything.
    pub(super) fn bound(&self) -> (Option<Arc<str>>, Option<Arc<str>>) {
        match self {
            Self::Owner(owner) => (Some(owner.issuer.clone()), Some(owner.subject.clone())),
            Self::Everyone => (None, None),
        }
    }
}

/// The rows of one owner.
pub(super) fn scope_of(owner: &Identity) -> Scope<'_> {
    Scope::Owner {
        issuer: &owner.issuer,
        subject: &owner.subject,
    }
}

/// Refuses a row of somebody else's: a caller who sees every row still writes only their own.
///
/// # Errors
/// 403.
pub fn require_owner<E>(caller: &Principal, row: &Owned<E>) -> Result<(), Problem> {
    if caller.identity == row.owner {
        Ok(())
    } else {
        Err(Problem::Forbidden(None))
    }
}

/// Asks for a permission that depends on what the request changes.
///
/// # Errors
/// 403 that names the permission.
pub fn require<P: Single>(caller: &Principal) -> Result<(), Problem> {
    if caller.may::<P>() {
        Ok(())
    } else {
        Err(forbidden::<P>())
    }
}
