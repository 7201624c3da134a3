//! API keys: credentials for programs, which the service itself issues.
//!
//! A key that leaks is found months later, in a repository or a log. So it has an end, less power than the
//! person who made it, no second sight (shown once, stored as a hash), an own quota, and its first use and
//! each refusal on record. It is never a person: no step-up, no operator, and no key makes a key.
//!
//! `key` is its form and its hash, `model` its words, `store` its table. `verifier` decides whether one is
//! believed, `uses` remembers when, and `keys` changes them; `body`, `http` and `admin` are the operations for
//! owners and operators.
//!
//! Controls: AK-01, AK-02

mod admin;
mod body;
mod exposed;
mod figures;
mod http;
mod key;
mod keys;
mod model;
mod remembered;
mod store;
mod uses;
mod verifier;

pub use admin::routes as admin_routes;
pub use figures::ApiKeyMetrics;
pub use http::managed_by;
pub use key::{Pepper, PepperError};
pub use keys::{ApiKeys, Offer};
pub use model::{KeyId, KeyName};
