//! The platform: how any slice speaks HTTP.
//!
//! Start with [`route`], the spine: one registration per operation is the source of the router, the
//! `Allow` header, the authorization rule and the OpenAPI document. Then [`problem`], the one map
//! from what can go wrong to what a client reads, and [`seal`], which every response passes.

pub mod answer;
pub mod client_address;
pub mod connections;
pub mod cors;
pub mod describe;
pub mod etag;
pub mod gate;
pub mod idempotency_key;
pub mod json;
pub mod limits;
pub mod notes;
pub mod page;
pub mod path;
pub mod problem;
pub mod problem_document;
mod problem_event;
pub mod query;
pub mod rate_limit;
pub mod record;
pub mod representation;
pub mod request_id;
pub mod route;
pub mod rule;
pub mod seal;
pub mod server;
mod stages;
pub mod strict_json;
pub mod tally;
pub mod violation;
