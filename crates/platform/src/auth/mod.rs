//! Who is calling, and what they may do.
//!
//! A request passes here twice. `authenticate` turns its access token into a [`Principal`], or answers 401 before
//! anyone learns which paths exist. An API key in the place of the token is for `api_key`, behind which the room
//! `api_keys` decides. Then the handler's first argument, [`Allow`], asks the principal for a permission; without it the
//! handler cannot be reached, nor written. Which permissions there are, and which role has them, is the service's table;
//! `tokens/` decides which tokens are believed.

mod allow;
pub mod api_key;
mod authenticate;
mod caller_quota;
mod challenge;
pub mod credential;
mod failed_attempts;
mod guesses;
mod identity;
mod lane;
mod permission;
mod principal;
mod quotas;
mod token_events;
pub mod tokens;

pub use allow::{Allow, Anyone, Authenticated, StepUp, forbidden, principal_of, recent};
pub use authenticate::authenticate;
pub use caller_quota::{charge_quotas, write_quotas};
pub use challenge::{invalid_token, no_credentials};
pub use credential::{Credential, CredentialKind, Names};
pub use failed_attempts::FailedAttempts;
pub use guesses::{Guess, GuessObserver};
pub use identity::Identity;
pub use permission::{
    AccessTable, Either, Permission, Permissions, Requirement, Role, Single, access_table,
};
pub use principal::Principal;
pub use quotas::{CallerQuotas, UnknownRole};
