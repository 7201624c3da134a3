//! What an operation promises by its types: who may call it, which media types it reads and writes, and
//! how it is described in the OpenAPI document.

pub mod access;
pub mod describe;
pub mod media_type;
pub mod rule;
