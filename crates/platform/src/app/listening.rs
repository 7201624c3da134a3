//! A listener on its socket, with workers of its own.

use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use actix_server::Server;

use super::{StartError, layers, layers::Parts, observed::Observed, rate_limits::RateLimits};
use crate::http::listener::server::{self, Listener};

/// Where it listens, and with what.
#[derive(Clone, Copy)]
pub(super) struct Socket {
    pub address: SocketAddr,
    /// 0: one per core.
    pub workers: u16,
    /// How long requests may take that are there when it is told to stop.
    pub deadline: Duration,
}

/// It listens already; its server has to be awaited, or nobody is answered.
pub(super) struct Listening {
    pub server: Server,
    pub address: SocketAddr,
    pub rate_limits: RateLimits,
    pub observed: Observed,
}

impl Listening {
    /// Binds the address for the application of these parts.
    pub fn open(
        at: Socket,
        observed: Observed,
        rate_limits: RateLimits,
        parts: Parts,
        listener: Listener,
    ) -> Result<Self, StartError> {
        let Socket {
            address,
            workers,
            deadline,
        } = at;
        let name = observed.name;
        let failed = |source| StartError::Listen {
            name,
            address,
            source,
        };
        let socket = TcpListener::bind(address).map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        let builder = match workers {
            0 => Server::build(),
            workers => Server::build().workers(usize::from(workers)),
        }
        // `stop.rs` has the signals and the deadline. The library's SIGINT cuts requests off, and its
        // own deadline does not say whether it did.
        .disable_signals()
        .shutdown_timeout(deadline.as_secs().saturating_add(1));
        let application = move || layers::application(parts.clone());
        let server = server::listen(builder, name, socket, listener, application);
        Ok(Self {
            server: server.map_err(failed)?.run(),
            address,
            rate_limits,
            observed,
        })
    }
}
