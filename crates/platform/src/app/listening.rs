//! A listener on its socket, with workers of its own.

use std::net::{SocketAddr, TcpListener};

use actix_server::Server;

use super::{StartError, layers, layers::Parts, observed::Observed, rate_limits::RateLimits};
use crate::{
    config::Settings,
    http::listener::server::{self, Listener},
};

/// It listens already; its server has to be awaited, or nobody is answered.
pub(super) struct Listening {
    pub server: Server,
    pub address: SocketAddr,
    pub rate_limits: RateLimits,
    pub observed: Observed,
}

impl Listening {
    /// Binds `address` for the application of these parts; 0 workers are one per core.
    pub fn open(
        observed: Observed,
        address: SocketAddr,
        workers: u16,
        settings: &Settings,
        rate_limits: RateLimits,
        parts: Parts,
        listener: Listener,
    ) -> Result<Self, StartError> {
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
        .shutdown_timeout(settings.shutdown.deadline.as_secs().saturating_add(1));
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
