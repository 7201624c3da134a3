//! What the running service makes of signals.
//!
//! SIGTERM, SIGINT and SIGQUIT stop it in order (`stop.rs`). A second one stops it at once. SIGHUP, which ends a
//! process by default, is what operators send for a reload: it ends nothing. Nor does SIGXFSZ, which comes when a
//! file has reached the limit on its size: the write that went too far is a failed write, as on a full disk.

use std::io;

use futures_util::future::select_all;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that stop the service, caught from the moment that this is made.
pub(super) struct StopSignals([(&'static str, Signal); 3]);

impl StopSignals {
    /// # Errors
    /// When the system has no room for a handler.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self([
            ("SIGTERM", signal(SignalKind::terminate())?),
            ("SIGINT", signal(SignalKind::interrupt())?),
            ("SIGQUIT", signal(SignalKind::quit())?),
        ]))
    }

    /// Waits for the next one; its name.
    pub(super) async fn next(&mut self) -> &'static str {
        let Self(signals) = self;
        let any = signals.iter_mut().map(|(name, signal)| {
            Box::pin(async {
                signal.recv().await;
                *name
            })
        });
        select_all(any).await.0
    }
}

/// SIGXFSZ, on every system that has it.
const FILE_TOO_LARGE: i32 = 25;

/// From now on neither SIGHUP nor SIGXFSZ ends the process. Says of each SIGHUP that nothing is read anew.
///
/// # Errors
/// When the system has no room for a handler.
pub fn outlive_signals() -> io::Result<()> {
    let mut hangups = signal(SignalKind::hangup())?;
    // The handler stays when this is dropped.
    drop(signal(SignalKind::from_raw(FILE_TOO_LARGE))?);
    actix_web::rt::spawn(async move {
        while hangups.recv().await.is_some() {
            tracing::warn!(
                "SIGHUP ignored: nothing is read anew while the service runs; restart it"
            );
        }
    });
    Ok(())
}
