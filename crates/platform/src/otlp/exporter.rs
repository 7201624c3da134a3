//! The thread that sends: a message when enough spans or lines have come, and every few seconds one of the rest and one
//! of the figures.
//!
//! What is not accepted is dropped: a copy that waits for the collector would be one more queue to bound.

use std::{
    sync::{Arc, OnceLock, atomic::Ordering, mpsc::Receiver},
    time::{Duration, Instant},
};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use time::OffsetDateTime;

use super::{
    encode,
    figures::{Counted, Figures},
};
use crate::{
    admin::metrics::Metrics,
    clock::Clock,
    egress::Client,
    log_records::{self, Record},
    sending::Stop,
    spans::Span,
};

/// Spans or records in one message, at most.
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
    /// Lines of the log, where they are sent.
    pub records: Option<Receiver<Record>>,
    pub metrics: Arc<OnceLock<Arc<Metrics>>>,
    pub figures: Arc<Figures>,
}

impl Exporter {
    /// Until the process ends and the queues are empty.
    pub fn run(self, stop: &Stop) {
        log_records::none_of_this_thread();
        let (mut spans, mut records) = (Vec::with_capacity(GROUP), Vec::new());
        let mut due = Instant::now() + self.every;
        loop {
            let stops = stop.is_given();
            spans.extend(self.finished.recv_timeout(LOOK).ok());
            fill(&mut spans, &self.finished);
            if let Some(lines) = &self.records {
                fill(&mut records, lines);
            }
            let is_due = stops || due <= Instant::now();
            let is_all = spans.len() < GROUP && records.len() < GROUP;
            if is_due || spans.len() == GROUP {
                self.send(
                    "/v1/traces",
                    &mut spans,
                    encode::traces,
                    &self.figures.spans,
                );
            }
            if is_due || records.len() == GROUP {
                self.send(
                    "/v1/logs",
                    &mut records,
                    encode::logs,
                    &self.figures.records,
                );
            }
            if stops && !is_all {
                continue;
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

    /// Sends what there is, and counts what becomes of it.
    fn send<T>(
        &self,
        path: &str,
        group: &mut Vec<T>,
        encode: fn(&Value, &[T]) -> Value,
        counted: &Counted,
    ) {
        if group.is_empty() {
            return;
        }
        let message = encode(&self.resource, group);
        let outcome = if self.post(path, &message) {
            &counted.sent
        } else {
            &counted.lost
        };
        outcome.fetch_add(group.len() as u64, Ordering::Relaxed);
        group.clear();
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

/// Takes what waits, up to a group.
fn fill<T>(group: &mut Vec<T>, from: &Receiver<T>) {
    let room = GROUP.saturating_sub(group.len());
    group.extend(from.try_iter().take(room));
}
