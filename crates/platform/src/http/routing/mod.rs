//! The route table, and the checks that each of its operations passes in a fixed order.

mod pipeline;
pub mod route;
