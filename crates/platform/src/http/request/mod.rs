//! What handlers read: extractors that parse and bound one part of a request each, and describe
//! themselves to the OpenAPI document.

pub mod content_negotiation;
pub mod idempotency_key;
pub mod json;
pub mod path;
pub mod query;
