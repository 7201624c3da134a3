//! OpenTelemetry: spans, figures and lines of the log leave for a collector, by OTLP over HTTPS, in JSON.
//!
//! Off by default. Requests put finished spans into a bounded queue (`spans.rs`) and never wait; a thread of its own
//! sends them, and reads the figures of `/metrics`. Lines of the log wait in the same way (`log_records.rs`). While the
//! collector is away, spans and lines are dropped and counted, and one line in the log says so: what must not be lost is
//! in the journal. Messages are made here and not by the SDK of OpenTelemetry: docs/adr/0024 says why.
//!
//! Controls: LO-06, EG-01, EG-03

mod encode;
mod exporter;
mod figures;

use std::{
    io,
    sync::{Arc, OnceLock},
};

use crate::{
    admin::metrics::Metrics,
    clock::Clock,
    config,
    egress::{Client, EgressError},
    files::{self, FileError},
    log_records,
    sending::{Outbox, SendingThread},
    spans::Spans,
};
pub use encode::Origin;
use exporter::Exporter;
use figures::Figures;
pub use figures::OtlpMetrics;

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
pub enum OtlpError {
    #[error("otlp.ca_file: {0}")]
    Client(#[from] EgressError),
    #[error("otlp.authorization_file: {0}")]
    Authorization(#[from] FileError),
    #[error("otlp: cannot start its thread: {0}")]
    Thread(#[from] io::Error),
}

/// Sends spans and figures.
pub struct Otlp {
    pub spans: Arc<Spans>,
    metrics: Arc<OnceLock<Arc<Metrics>>>,
    figures: Arc<Figures>,
    thread: SendingThread,
}

impl Otlp {
    /// Sends to the collector of the settings, if there is one.
    ///
    /// # Errors
    /// When a file of the settings cannot be read or trusted, or the system has no room for a thread.
    pub fn start(
        settings: &config::Otlp,
        origin: &Origin,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Arc<Self>>, OtlpError> {
        let Some(url) = settings.collector() else {
            return Ok(None);
        };
        let client = Client::new(settings.ca_file(), settings.allow_private_network)?;
        let authorization = settings.authorization_file().map(files::read_secret_text);
        let (outbox, finished) = Outbox::new(settings.queue);
        let records = settings
            .logs
            .then(|| log_records::collect(settings.queue, clock.clone()))
            .flatten();
        let spans = Spans::new(outbox, clock.clone(), settings.sample_ratio);
        let (metrics, figures) = (Arc::default(), Arc::<Figures>::default());
        let exporter = Exporter {
            client,
            url: url.to_owned(),
            authorization: authorization.transpose()?,
            resource: encode::resource(origin),
            every: settings.interval,
            began: clock.now(),
            clock,
            finished,
            records,
            metrics: Arc::clone(&metrics),
            figures: figures.clone(),
        };
        Ok(Some(Arc::new(Self {
            spans: Arc::new(spans),
            metrics,
            figures,
            thread: SendingThread::start("otlp", move |stop| exporter.run(&stop))?,
        })))
    }

    /// From now on these figures are sent too.
    pub fn read(&self, metrics: Arc<Metrics>) {
        self.metrics.set(metrics).ok();
    }

    #[must_use]
    pub fn metrics(&self) -> OtlpMetrics {
        self.figures
            .metrics((self.spans.dropped(), log_records::dropped()))
    }

    /// Sends what is queued, for five seconds at most; then no more.
    pub async fn close(&self) {
        self.thread.close().await;
    }
}
