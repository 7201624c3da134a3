//! The thread that sends: one alert after the other, each until it is accepted or given up.

use std::{sync::Arc, time::Duration};

use super::{alert::Alert, figures::Figures, queues::Queues, signature::Secret};
use crate::{
    clock::Clock,
    egress::{Client, EgressError},
    sending::{Backoff, Stop},
};

/// The longest pause.
const LONGEST: Duration = Duration::from_mins(5);
/// How often the thread looks whether it should stop.
const LOOK: Duration = Duration::from_millis(250);

pub(super) struct Delivery {
    pub client: Client,
    pub url: String,
    pub secret: Secret,
    pub clock: Arc<dyn Clock>,
    pub attempts: u32,
    pub first_pause: Duration,
    pub figures: Arc<Figures>,
}

impl Delivery {
    /// Until the process ends and the queues are empty.
    pub fn run(self, queues: &Queues, stop: &Stop) {
        loop {
            let stops = stop.is_given();
            let wait = if stops { Duration::ZERO } else { LOOK };
            match queues.next(wait) {
                Some(alert) if self.deliver(&alert, stop) => self.figures.sent(),
                Some(_) => {
                    self.figures.given_up();
                    tracing::error!("an alert is given up");
                }
                None if stops => return,
                None => {}
            }
        }
    }

    /// Whether the receiver has accepted it in the end. When the process ends it is asked once more.
    fn deliver(&self, alert: &Alert, stop: &Stop) -> bool {
        let mut pauses = Backoff::new((self.first_pause, LONGEST));
        let mut is_last = stop.is_given();
        for attempt in 0..self.attempts {
            let Err(error) = self.send(alert) else {
                return true;
            };
            self.figures.failed();
            tracing::warn!(%error, attempt, "an alert was not accepted");
            if is_last || attempt + 1 == self.attempts {
                break;
            }
            is_last = stop.within(pauses.pause());
        }
        false
    }

    fn send(&self, alert: &Alert) -> Result<(), EgressError> {
        let timestamp = self.clock.now().unix_timestamp();
        let signature = self.secret.sign(&alert.id, timestamp, &alert.body);
        let fields = [
            ("webhook-id", alert.id.as_str()),
            ("webhook-timestamp", &timestamp.to_string()),
            ("webhook-signature", &signature),
        ];
        self.client.post_json(&self.url, &fields, &alert.body)
    }
}
