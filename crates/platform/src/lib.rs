//! The platform: recommendations of the OWASP REST Security Cheat Sheet, as code you can read.
//!
//! Read the modules in the order they stand here. Arrows go one way, `app → slices → http, auth →
//! db, clock, config`, and `tests/architecture` keeps them so.

/// The commands a user types.
pub mod cli;

/// Puts the parts together and serves.
pub mod app;

/// Whether the service answers.
pub mod health;
/// What the caller is.
pub mod me;
/// Whom to tell about a vulnerability.
pub mod security_txt;

/// What happened, who did it, and how it ended.
pub mod audit;
/// Who is calling, and what they may do.
pub mod auth;
/// The platform: the route table and everything around it.
pub mod http;
/// JSON, strictly.
pub mod json;

/// What every slice has: ids, owners, pages, versions, idempotency, value types.
pub mod slice;

/// The document that describes all operations.
pub mod openapi;

/// The time.
pub mod clock;
/// Settings, checked before anything starts.
pub mod config;
/// The folder that is written to.
pub mod data_dir;
/// The database.
pub mod db;
/// The only way out.
pub mod egress;
/// Which files are believed, and how files are made.
pub mod files;
/// Parse, don't validate.
pub mod parse;
/// Logs.
pub mod telemetry;
/// TLS, and certificates for one's own machine.
pub mod tls;

pub use app::{Example, Service, Shared, Slice};
pub use config::Layers;
pub use db::Migrations;
