//! Alerts: what must not wait until somebody reads the journal leaves the process as a signed webhook.
//!
//! An alert is a line of the journal that is durable, so nothing is told that is not on record. It goes into a
//! bounded queue and never waits: a receiver that is slow, or an attacker who causes alerts, costs a request
//! nothing. What finds the queue full, or is refused for too long, is dropped and counted. How a receiver
//! verifies one: `docs/alerts.md`.
//!
//! Controls: DO-08, EG-01, EG-03

mod alert;
mod delivery;
mod figures;
mod signature;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use time::OffsetDateTime;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use crate::{
    audit::{Entry, Observer, Outcome},
    clock::Clock,
    config,
    egress::{Client, EgressError},
};
use alert::Alert;
use delivery::Delivery;
pub use figures::AlertMetrics;
use figures::Figures;
pub use signature::{Secret, SecretError};

/// How long the end of the process waits for what is queued.
const CLOSE: Duration = Duration::from_secs(5);

/// Why alerts cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    #[error("alerts.secret_file: {0}")]
    Secret(#[from] SecretError),
    #[error("alerts.ca_file: {0}")]
    Client(#[from] EgressError),
}

/// Sends alerts.
pub struct Alerts {
    /// The name of the service, for a receiver of several.
    service: &'static str,
    queue: mpsc::Sender<Alert>,
    figures: Arc<Figures>,
    closing: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Alerts {
    /// Sends to the receiver of the settings, if there is one, on a task of this thread.
    ///
    /// # Errors
    /// When the secret or the authority cannot be read.
    pub fn start(
        settings: &config::Alerts,
        service: &'static str,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Arc<Self>>, AlertError> {
        let Some((url, secret_file)) = settings.receiver() else {
            return Ok(None);
        };
        let client = Client::new(settings.ca_file(), settings.allow_private_network)?;
        let (queue, waiting) = mpsc::channel(settings.queue);
        let (closing, is_closing) = watch::channel(false);
        let figures = Arc::new(Figures::default());
        let delivery = Delivery {
            client: Arc::new(client),
            url: url.into(),
            secret: Secret::read(secret_file)?,
            clock,
            attempts: settings.attempts,
            first_pause: settings.retry,
            figures: figures.clone(),
            closing: is_closing,
        };
        let task = tokio::task::spawn_local(delivery.run(waiting));
        Ok(Some(Arc::new(Self {
            service,
            queue,
            figures,
            closing,
            task: Mutex::new(Some(task)),
        })))
    }

    #[must_use]
    pub fn metrics(&self) -> AlertMetrics {
        self.figures.metrics()
    }

    /// Sends what is queued, each alert once, for five seconds at most; then no more.
    pub async fn close(&self) {
        self.closing.send_replace(true);
        let task = self
            .task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(mut task) = task else { return };
        if tokio::time::timeout(CLOSE, &mut task).await.is_err() {
            task.abort();
            tracing::error!("alerts that were not sent are lost");
        }
    }
}

impl Observer for Alerts {
    fn observe(&self, entry: &Entry, outcome: Option<Outcome>, at: OffsetDateTime) {
        if let Some(alert) = Alert::of(entry, outcome, at, self.service)
            && self.queue.try_send(alert).is_err()
        {
            self.figures.dropped();
        }
    }
}
