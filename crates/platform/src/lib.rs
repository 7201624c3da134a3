//! A platform for REST services: the recommendations of the OWASP REST Security Cheat Sheet as code that
//! you can read.
//!
//! A service is a table of permissions and a list of slices on this platform ([`Service`], [`Slice`]).
//! The platform names no resource and no permission of a service, so an upgrade replaces it as a whole.
//!
//! # A reading order
//!
//! 1. **What a service adds**: [`Service`] and [`Slice`], then [`mod@slice`], the parts that every resource
//!    has: ids, owners, pages, versions, idempotency, value types.
//! 2. **The way of a request**: `app/layers.rs` is one list, in order. [`http::listener`] is where bytes
//!    arrive, [`http::middleware`] what stands around all routes, [`http::routing`] the route table and
//!    the stages of an operation. [`http::context`] says what a request carries and who wrote it.
//! 3. **Who may do what**: [`auth`]. An access token becomes a [`auth::Principal`]; the first argument of
//!    a handler is the rule that the principal keeps ([`auth::Allow`]).
//! 4. **What goes wrong**: [`http::problem`], with its status, its words and its event.
//! 5. **What stays on record**: [`audit`]. The attempt of a change is durable before the change is made. [`siem`]
//!    takes its lines to another machine.
//! 6. **How it starts and stops**: [`app`], [`cli`], and [`config`], where every setting is checked before
//!    anything starts.
//! 7. **What it stands on**: [`db`], [`files`], [`tls`], [`egress`], [`json`], [`clock`], `fingerprint`,
//!    [`quota_store`], [`telemetry`], `spans` and [`otlp`]; `sending` is what all that sends has in common.
//!
//! Arrows between these rooms go one way, and no two files need each other: `tests/architecture` holds
//! the tables. [`openapi`] reads the document off the route table, so the two cannot disagree.

pub mod cli;

pub mod app;

pub mod admin;
pub mod alerts;
pub mod api_keys;
pub mod containment;
mod health;
mod me;
mod security_txt;

pub mod slice;

pub mod audit;
pub mod auth;
pub mod http;
pub mod json;
pub mod openapi;

pub mod clock;
pub mod config;
pub mod data_dir;
pub mod db;
pub mod egress;
pub mod files;
mod fingerprint;
mod log_records;
pub mod otlp;
pub mod parse;
pub mod quota_store;
mod sending;
pub mod siem;
mod spans;
pub mod telemetry;
pub mod tls;

pub use admin::build::Build;
pub use app::{Example, Service, Shared, Slice};
pub use config::Layers;
pub use db::Migrations;
