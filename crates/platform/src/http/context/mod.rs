//! What is known about a request: who it is from, what it may cost, and what the layers have found out.

pub mod client_address;
pub mod limits;
pub mod operator;
pub mod page_policy;
pub mod product;
pub mod received;
mod request_context;
pub mod request_id;
mod shared;
pub mod tls_session;
pub mod trace;
pub mod traffic;

pub use request_context::{Caller, Details, RequestContext};
pub use shared::shared;
