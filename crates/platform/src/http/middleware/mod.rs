//! Layers around all routes: how every response is finished, the quota of an address, and the origins
//! that may call. Their order is in `app/layers.rs`.

pub mod address_quota;
pub mod cors;
pub mod finish;
mod problem_response;
mod refused;
pub(crate) mod security_headers;
mod unexpected;
