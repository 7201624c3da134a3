//! What a request leaves in the audit journal: a change before and after it runs, denials, and floods as
//! counts.

pub mod aggregator;
pub mod details;
pub mod request_audit;
