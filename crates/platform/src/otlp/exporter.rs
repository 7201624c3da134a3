//! The thread that sends: a message when enough spans have come, and every few seconds one of the rest and one of
//! the figures.
//!
//! What is not accepted is dropped: a copy that waits for the collector would be one more queue to bound.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
        mpsc::Receiver,
    },
    time::{Duration, Instant},
};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use time::OffsetDateTime;

use super::{encode, figures::Figures};
use crate::{admin::metrics::Metrics, clock::Clock, egress::Client, spans::Span};

/// Spans in one message, at most.
const GROUP: usize = 512;
/// How often the thread looks whether it should stop.
const LOOK: Duration = Duration::from_millis(250);

pub(super) struct Exporter {
    pub client: Client,
    pub url: String,
    /// The value of the field `Authorization`.
    pub authorization: Option<SecretString>,
    pub resource: Value,
    pub every: Duration,
    pub began: OffsetDateTime,
    pub clock: Arc<dyn Clock>,
    pub finished: Receiver<Span>,
    pub metrics: Arc<OnceLock<Arc<Metrics>>>,
    pub figures: Arc<Figures>,
    pub stops: Arc<AtomicBool>,
}

impl Exporter {
    pub fn run(self) {
        let mut spans = Vec::with_capacity(GROUP);
        let mut due = Instant::now() + self.every;
        loop {
            let stops = self.stops.load(Ordering::Acquire);
            spans.extend(self.finished.recv_timeout(LOOK).ok());
            let room = GROUP - spans.len();
            spans.extend(self.finished.try_iter().take(room));
            let is_due = stops || due <= Instant::now();
            if !spans.is_empty() && (is_due || spans.len() == GROUP) {
                self.send_spans(&spans);
                let is_all = spans.len() < GROUP;
                spans.clear();
                if stops && !is_all {
                    continue;
                }
            }
            if is_due {
                self.send_figures();
                due = Instant::now() + self.every;
            }
            if stops {
                return;
            }
        }
    }

    fn send_spans(&self, spans: &[Span]) {
        let message = encode::traces(&self.resource, spans);
        let counter = if self.post("/v1/traces", &message) {
            &self.figures.sent
        } else {
            &self.figures.lost
        };
        counter.fetch_add(spans.len() as u64, Ordering::Relaxed);
    }

    fn send_figures(&self) {
        if let Some(metrics) = self.metrics.get() {
            let times = (self.began, self.clock.now());
            let message = encode::metrics(&self.resource, metrics.families(), times);
            self.post("/v1/metrics", &message);
        }
    }

    /// Whether the collector has accepted the message.
    fn post(&self, path: &str, message: &Value) -> bool {
        let url = format!("{}{path}", self.url.trim_end_matches('/'));
        let authorization = self.authorization.as_ref();
        let fields = authorization.map(|value| ("authorization", value.expose_secret().trim()));
        let body = message.to_string();
        let sent = self
            .client
            .post_json(&url, fields.as_slice(), body.as_bytes());
        let was_up = self.figures.is_up.swap(sent.is_ok(), Ordering::Relaxed);
        let Err(error) = sent else {
            return true;
        };
        let before = self.figures.failures.fetch_add(1, Ordering::Relaxed);
        if was_up || before == 0 {
            tracing::warn!(%error, "the collector of OpenTelemetry does not accept messages");
        }
        false
    }
}
