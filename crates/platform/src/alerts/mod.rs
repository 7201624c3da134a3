//! Alerts: what must not wait until somebody reads the journal leaves the process as a signed webhook.
//!
//! An alert is a line of the journal that is durable, so nothing is told that is not on record. It goes into the
//! bounded queue of its cause and never waits: a receiver that is slow, or an attacker who causes alerts, costs a
//! request nothing. What finds its queue full, or is refused for too long, is dropped and counted. How a receiver
//! verifies one: `docs/alerts.md`.
//!
//! Controls: DO-08, EG-01, EG-03

mod alert;
mod delivery;
mod figures;
mod queues;
mod signature;

use std::{io, sync::Arc};

use time::OffsetDateTime;

use crate::{
    audit::{Entry, Observer, Outcome},
    clock::Clock,
    config,
    egress::{Client, EgressError},
    sending::SendingThread,
};
use alert::Alert;
use delivery::Delivery;
pub use figures::AlertMetrics;
use figures::Figures;
use queues::Outboxes;
pub use signature::{Secret, SecretError};

/// Why alerts cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    #[error("alerts.secret_file: {0}")]
    Secret(#[from] SecretError),
    #[error("alerts.ca_file: {0}")]
    Client(#[from] EgressError),
    #[error("alerts: cannot start their thread: {0}")]
    Thread(#[from] io::Error),
}

/// Sends alerts.
pub struct Alerts {
    /// The name of the service, for a receiver of several.
    service: &'static str,
    outboxes: Outboxes,
    figures: Arc<Figures>,
    thread: SendingThread,
}

impl Alerts {
    /// Sends to the receiver of the settings, if there is one, on a thread of its own.
    ///
    /// # Errors
    /// When the secret or the authority cannot be read, or the system has no room for a thread.
    pub fn start(
        settings: &config::Alerts,
        service: &'static str,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Arc<Self>>, AlertError> {
        let Some((url, secret_file)) = settings.receiver() else {
            return Ok(None);
        };
        let client = Client::new(settings.ca_file(), settings.allow_private_network)?;
        let (outboxes, waiting) = Outboxes::new(settings.queue);
        let figures = Arc::new(Figures::default());
        let delivery = Delivery {
            client,
            url: url.to_owned(),
            secret: Secret::read(secret_file)?,
            clock,
            attempts: settings.attempts,
            first_pause: settings.retry,
            figures: figures.clone(),
        };
        let thread = SendingThread::start("alerts", move |stop| delivery.run(&waiting, &stop))?;
        Ok(Some(Arc::new(Self {
            service,
            outboxes,
            figures,
            thread,
        })))
    }

    #[must_use]
    pub fn metrics(&self) -> AlertMetrics {
        self.figures.metrics(self.outboxes.dropped())
    }

    /// Sends what is queued, each alert once, for five seconds at most; then no more.
    pub async fn close(&self) {
        if !self.thread.close().await {
            tracing::error!("alerts that were not sent are lost");
        }
    }
}

impl Observer for Alerts {
    fn observe(&self, entry: &Entry, outcome: Option<Outcome>, at: OffsetDateTime) {
        if let Some(alert) = Alert::of(entry, outcome, at, self.service) {
            self.outboxes.put(alert);
        }
    }
}
