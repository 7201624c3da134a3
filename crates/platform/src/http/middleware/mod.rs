//! Layers around all routes: the headers that every response carries, and the origins that may call.

pub mod address_quota;
pub mod cors;
mod refused;
pub mod security_headers;
