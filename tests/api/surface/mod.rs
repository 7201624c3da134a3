//! Whatever bytes arrive: the right status, a problem document, all headers, in bounded time.

mod connections;
mod cors;
mod expectation;
mod framing;
mod hosts;
mod limits;
mod old_protocol;
pub mod probes;
mod statuses;
mod time;
mod tls;
mod upgrade;
