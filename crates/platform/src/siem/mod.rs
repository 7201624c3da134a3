//! The journal's lines at a SIEM: syslog (RFC 5424) over TLS (RFC 5425), beside the file.
//!
//! An attacker who owns the machine can write the journal anew; a line that has left it stays. The file remains the
//! truth and is the queue: a thread of its own reads the durable lines from there, so no request waits for the
//! receiver, and nothing piles up in memory while it is away. Syslog has no acknowledgement: what counts as confirmed,
//! and what that proves, is in `connection.rs` and `docs/siem.md` (docs/adr/0023).
//!
//! Controls: LO-07, LO-08

mod confirmed;
mod connection;
mod figures;
mod message;
mod shipper;
mod standing;

use std::{io, path::Path, sync::Arc};

use crate::{
    audit::Journal,
    clock::Clock,
    config,
    sending::SendingThread,
    tls::{self, TlsError},
};
use connection::Server;
use figures::Figures;
pub use figures::SiemMetrics;
use message::Origin;
use shipper::Shipper;

/// Why lines cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum SiemError {
    #[error("audit.siem: {0}")]
    Tls(#[from] TlsError),
    #[error("audit.siem: cannot start its thread: {0}")]
    Thread(#[from] io::Error),
}

/// Sends the journal's lines.
pub struct Siem {
    figures: Arc<Figures>,
    thread: SendingThread,
}

impl Siem {
    /// Sends to the receiver of the settings, if there is one.
    ///
    /// # Errors
    /// When the files of TLS are of no use, or the system has no room for a thread.
    pub fn start(
        settings: &config::Audit,
        journal: Journal,
        (service, data_dir, clock): (&'static str, &Path, Arc<dyn Clock>),
    ) -> Result<Option<Arc<Self>>, SiemError> {
        let siem = &settings.siem;
        let Some(receiver) = siem.receiver() else {
            return Ok(None);
        };
        check_files(siem)?;
        let figures = Arc::new(Figures::default());
        let origin = Origin {
            host: settings.instance(),
            service,
            enterprise: siem.enterprise_number,
        };
        let server = Server::new(receiver, siem);
        let file = settings.path(data_dir);
        let shipper = Shipper::new(
            file,
            server,
            origin,
            siem.confirm_every,
            (journal, clock),
            figures.clone(),
        );
        let thread = SendingThread::start("siem", move |stop| shipper.run(&stop))?;
        Ok(Some(Arc::new(Self { figures, thread })))
    }

    #[must_use]
    pub fn metrics(&self) -> SiemMetrics {
        self.figures.metrics()
    }

    /// Sends what the journal has, asks once for a confirmation, and ends; after five seconds at most. What is not
    /// confirmed by then is sent by the next process on this journal.
    pub async fn close(&self) {
        if !self.thread.close().await {
            tracing::warn!("the SIEM has not confirmed the last lines; the next start sends them");
        }
    }
}

/// Whether the files of TLS are there and fit together.
///
/// # Errors
/// What is wrong with them.
pub fn check_files(settings: &config::Siem) -> Result<(), TlsError> {
    tls::client_showing(settings.ca_file(), settings.pair()).map(drop)
}
