//! The route table, and the checks that each of its operations passes in a fixed order.

pub mod operation_guard;
mod pipeline;
pub mod route;
