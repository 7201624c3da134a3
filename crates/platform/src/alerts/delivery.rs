//! The task that sends: one alert after the other, each until it is accepted or given up.
//!
//! A receiver that fails is asked again after a pause that doubles, with a random part, so that the replicas
//! of a service do not all come back at the same moment. A request out of the process blocks its thread, so
//! each has one that serves no requests.

use std::{pin::pin, sync::Arc, time::Duration};

use aws_lc_rs::rand;
use futures_util::future::{Either, select};
use tokio::sync::{mpsc, watch};

use super::{alert::Alert, figures::Figures, signature::Secret};
use crate::{
    clock::Clock,
    egress::{Client, EgressError},
};

/// The longest pause.
const LONGEST: Duration = Duration::from_mins(5);

pub(super) struct Delivery {
    pub client: Arc<Client>,
    pub url: Arc<str>,
    pub secret: Secret,
    pub clock: Arc<dyn Clock>,
    pub attempts: u32,
    pub first_pause: Duration,
    pub figures: Arc<Figures>,
    pub closing: watch::Receiver<bool>,
}

impl Delivery {
    /// Until the process ends and the queue is empty.
    pub async fn run(mut self, mut queue: mpsc::Receiver<Alert>) {
        while let Some(alert) = self.next(&mut queue).await {
            if !self.deliver(Arc::new(alert)).await {
                self.figures.dropped();
                tracing::error!("an alert is given up");
            }
        }
    }

    /// The next alert; none once the queue is closed and empty.
    async fn next(&mut self, queue: &mut mpsc::Receiver<Alert>) -> Option<Alert> {
        if !*self.closing.borrow() {
            let (alert, closing) = (pin!(queue.recv()), pin!(self.closing.changed()));
            if let Either::Left((alert, _)) = select(alert, closing).await {
                return alert;
            }
        }
        queue.close();
        queue.recv().await
    }

    /// Whether the receiver has accepted it in the end. When the process ends it is asked once.
    async fn deliver(&mut self, alert: Arc<Alert>) -> bool {
        for attempt in 0..self.attempts {
            let Err(error) = self.send(alert.clone()).await else {
                self.figures.sent();
                return true;
            };
            self.figures.failed();
            tracing::warn!(%error, attempt, "an alert was not accepted");
            if *self.closing.borrow() || attempt + 1 == self.attempts {
                break;
            }
            let pause = pin!(tokio::time::sleep(self.pause(attempt)));
            select(pause, pin!(self.closing.changed())).await;
        }
        false
    }

    async fn send(&self, alert: Arc<Alert>) -> Result<(), EgressError> {
        let timestamp = self.clock.now().unix_timestamp();
        let signature = self.secret.sign(&alert.id, timestamp, &alert.body);
        let (client, url) = (self.client.clone(), self.url.clone());
        let sending = tokio::task::spawn_blocking(move || {
            let fields = [
                ("webhook-id", alert.id.as_str()),
                ("webhook-timestamp", &timestamp.to_string()),
                ("webhook-signature", &signature),
            ];
            client.post_json(&url, &fields, &alert.body)
        });
        sending.await.unwrap_or(Err(EgressError::Interrupted))
    }

    /// From half of the doubled pause to all of it.
    fn pause(&self, attempt: u32) -> Duration {
        let doubled = self
            .first_pause
            .saturating_mul(2_u32.saturating_pow(attempt));
        let longest = doubled.min(LONGEST);
        let mut random = [0];
        // Without randomness, the whole pause.
        let part = rand::fill(&mut random).map_or(u8::MAX, |()| random[0]);
        longest / 2 + longest.mul_f64(f64::from(part) / 510.0)
    }
}
