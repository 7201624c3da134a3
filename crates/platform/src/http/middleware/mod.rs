//! Layers around all routes: the headers that every response carries, and the origins that may call.

pub mod cors;
pub mod security_headers;
