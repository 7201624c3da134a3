//! What operators do with the service while it runs, on a listener of its own.
//!
//! Management on the public listener is one stolen token away from the internet (OWASP REST Security,
//! "Management endpoints"). So the admin listener has its own address, its own audience and its own
//! table of permissions: no role of the service opens it, and its one role opens nothing of the service.
//!
//! Controls: AD-01

pub mod access;
pub mod build;
pub mod docs;
pub mod health;
pub mod metrics;
pub mod readiness;
