//! HTTP: from the bytes that arrive to the answer that leaves.
//!
//! The rooms, in the order that a request meets them. Arrows between them go one way; the test
//! `architecture` keeps the table.
//!
//! Start with [`routing`], the spine: one registration per operation is the source of the router, the
//! `Allow` header, the authorization rule and the OpenAPI document. Then [`problem`], the one map from
//! what can go wrong to what a client reads.

pub mod audit_trail;
pub mod context;
pub mod contract;
pub mod listener;
pub mod middleware;
pub mod pagination;
pub mod problem;
pub mod rate_limit;
pub mod request;
pub mod response;
pub mod routing;

// What a slice names: its routes, what its handlers read, and what they answer.
pub use self::{
    audit_trail::details::AuditDetails,
    pagination::Page,
    problem::Problem,
    request::{
        idempotency_key::IdempotencyKey,
        json::{Json, MergePatch},
        path::Path,
        query::Query,
    },
    response::{
        answer::{Created, Listed, NoContent, OkJson, Versioned},
        etag::IfMatch,
    },
    routing::route::Resource,
};
