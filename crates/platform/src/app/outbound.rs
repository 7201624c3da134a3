//! What leaves the process beside its answers: the journal's lines, alerts, spans and figures.

use std::{path::Path, sync::Arc};

use super::{Service, Shared, StartError};
use crate::{
    admin::metrics::Metrics,
    alerts::Alerts,
    audit::Journal,
    clock::Clock,
    config::Settings,
    otlp::{Origin, Otlp},
    siem::Siem,
};

/// Each is there where the settings name a receiver.
#[derive(Clone, Default)]
pub(super) struct Outbound {
    pub siem: Option<Arc<Siem>>,
    pub alerts: Option<Arc<Alerts>>,
    pub otlp: Option<Arc<Otlp>>,
}

impl Outbound {
    /// Begins to send; alerts have begun before the journal was opened.
    pub fn start(
        service: &Service,
        settings: &Settings,
        (data_dir, journal, clock): (&Path, Journal, Arc<dyn Clock>),
        alerts: Option<Arc<Alerts>>,
    ) -> Result<Self, StartError> {
        let origin = Origin {
            service: service.name,
            version: service.version,
            instance: settings.audit.instance(),
        };
        let otlp = Otlp::start(&settings.otlp, &origin, clock.clone())?;
        let place = (service.name, data_dir, clock);
        let siem = Siem::start(&settings.audit, journal, place)?;
        Ok(Self { siem, alerts, otlp })
    }

    /// Requests of this listener have spans, where somebody collects them. Those of the admin listener have none:
    /// probes and collectors ask there all the time.
    pub fn collect_spans(&self, shared: &mut Shared) {
        if let Some(otlp) = &self.otlp {
            shared.add(otlp.spans.clone());
        }
    }

    /// These figures are sent, where somebody collects them.
    pub fn read(&self, metrics: Metrics) -> Arc<Metrics> {
        let metrics = Arc::new(metrics);
        if let Some(otlp) = &self.otlp {
            otlp.read(metrics.clone());
        }
        metrics
    }

    /// Sends the last lines of the journal, which is closed, and what is queued; in bounded time.
    pub async fn close(&self) {
        if let Some(siem) = &self.siem {
            siem.close().await;
        }
        if let Some(alerts) = &self.alerts {
            alerts.close().await;
        }
        if let Some(otlp) = &self.otlp {
            otlp.close().await;
        }
    }
}
