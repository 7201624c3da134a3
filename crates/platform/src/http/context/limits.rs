//! How much work a request may be, once it has passed the gate.

use std::time::Duration;

/// Bounds on reading a body and on answering, from the configuration.
#[derive(Debug, Clone, Copy)]
pub struct RequestLimits {
    /// Largest body in bytes.
    pub body_bytes: usize,
    /// Longest time from the first to the last byte of a body.
    pub body_time: Duration,
    /// Longest time for the handler, its inputs read. A dependency that hangs must not take every
    /// worker's memory with it.
    pub request_timeout: Duration,
}
