//! How the running service stops.
//!
//! A signal makes it not ready, and says so on every answer; after a delay, in which a balancer takes
//! notice, no connection is accepted any more; what is in flight finishes within a deadline. A second
//! signal ends it at once. The order is what makes a rolling update lose no request: a replica that
//! closes its port first refuses whom the balancer still sends (`docs/operations.md`).
//!
//! Controls: CN-05

use std::{future::Future, io, sync::Arc, time::Duration};

use actix_server::ServerHandle;
use futures_util::future::{Either, select};

use super::signals::StopSignals;
use crate::{
    admin::readiness::Readiness, config::Shutdown, http::listener::connections::Connections,
};

/// What stops step by step.
pub(super) struct Stop {
    pub readiness: Arc<Readiness>,
    pub connections: Arc<Connections>,
    pub server: ServerHandle,
    pub times: Shutdown,
}

impl Stop {
    /// Catches signals from now on. The future stops the service at the first one, and ends only where
    /// not all was answered: the service ends at once then.
    ///
    /// # Errors
    /// When the system has no room for a handler.
    pub fn when_signalled(self) -> io::Result<impl Future<Output = ()>> {
        let mut signals = StopSignals::listen()?;
        Ok(async move {
            let signal = signals.next().await;
            // A person at a terminal waits for no balancer.
            let delay = match signal {
                "SIGINT" => Duration::ZERO,
                _ => self.times.delay,
            };
            tracing::info!(
                signal,
                delay_seconds = delay.as_secs(),
                "stopping; requests in flight may finish"
            );
            if let Some(second) = signals.within(self.in_order(delay)).await {
                tracing::warn!(signal = second, "stopping at once");
            }
        })
    }

    /// The steps. Ends at the deadline; before it, the server has ended.
    async fn in_order(self, delay: Duration) {
        self.readiness.stop();
        self.connections.announce_end();
        tokio::time::sleep(delay).await;
        self.connections.drain();
        drop(self.server.stop(true));
        tokio::time::sleep(self.times.deadline).await;
        let connections = self.connections.count();
        tracing::warn!(connections, "shutdown.deadline_seconds is over");
    }
}

impl StopSignals {
    /// Does this, unless a signal comes first; the name of that signal.
    async fn within(&mut self, work: impl Future<Output = ()>) -> Option<&'static str> {
        let work = std::pin::pin!(work);
        let signal = std::pin::pin!(self.next());
        match select(signal, work).await {
            Either::Left((signal, _)) => Some(signal),
            Either::Right(_) => None,
        }
    }
}
