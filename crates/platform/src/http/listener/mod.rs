//! Where bytes arrive: sockets, TLS, the bounds on connections, and the gate that reads each byte before
//! the framework does.

pub mod connections;
pub mod gate;
mod handshake;
pub mod server;
pub mod tripwire;
