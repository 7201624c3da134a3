//! What may close an operation while the service runs.
//!
//! The router has found the operation by then, so no spelling of a path gets around it. What closes one is decided
//! in `containment`, which is above this room.

use actix_web::HttpRequest;

use crate::http::problem::Problem;

/// Lets requests reach an operation; application data.
pub trait OperationGuard: Send + Sync {
    /// Judges a request that has reached the operation with this id.
    ///
    /// # Errors
    /// The problem that the request is refused with.
    fn check(&self, request: &HttpRequest, operation: &'static str) -> Result<(), Problem>;
}
