//! What leaves the process beside its answers: the journal's lines, and alerts.

use std::sync::Arc;

use crate::{alerts::Alerts, siem::Siem};

/// Each is there where the settings name a receiver.
#[derive(Clone, Default)]
pub(super) struct Outbound {
    pub siem: Option<Arc<Siem>>,
    pub alerts: Option<Arc<Alerts>>,
}

impl Outbound {
    /// Sends the last lines of the journal, which is closed, and what is queued; in bounded time.
    pub async fn close(&self) {
        if let Some(siem) = &self.siem {
            siem.close().await;
        }
        if let Some(alerts) = &self.alerts {
            alerts.close().await;
        }
    }
}
