//! Whatever bytes arrive: the right status, a problem document, all headers, in bounded time.

mod connections;
mod cors;
mod framing;
mod hosts;
mod limits;
pub mod probes;
mod statuses;
mod time;
mod tls;
