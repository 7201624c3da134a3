//! Who is calling, and what they may do.
//!
//! A request passes here twice. `authenticate` turns its access token into a [`Principal`], or
//! answers 401 before anyone learns which paths exist. Then the handler's first argument, [`Allow`],
//! asks the principal for a permission; without it the handler cannot be reached, nor written.
//! `permission.rs` is the one table of who may do what; `tokens/` decides which tokens are believed.

mod allow;
mod authenticate;
mod failed_attempts;
mod lane;
mod permission;
mod principal;
mod quotas;
pub mod tokens;

pub use allow::{Allow, Anyone, Authenticated, StepUp, forbidden};
pub use authenticate::authenticate;
pub use failed_attempts::FailedAttempts;
pub use permission::{
    Either, InvoicesApprove, InvoicesCreate, InvoicesDelete, InvoicesRead, InvoicesReadAny,
    InvoicesUpdate, Permission, Permissions, Requirement, Role,
};
pub use principal::{Identity, Principal};
pub use quotas::{CallerQuotas, UnknownRole};
